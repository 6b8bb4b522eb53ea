/// The first pass over a pickle: which memo entries are fetched again, and where containers and objects go, which the
/// instruction that makes one does not say.
struct PickleSurvey {
    /// Where a container or object goes when it is taken from the stack for the first time.
    enum Role: UInt8 {
        case elsewhere
        /// SETITEM: under the key below it, into what is below that.
        case entry
        /// SETITEMS: under the key below it, into what is below the mark.
        case markedEntry
        /// APPEND: into what is below it.
        case item
        /// APPENDS: into what is below the mark.
        case markedItem
        /// BUILD: as the state of what is below it.
        case state
    }

    /// How often each memo entry is fetched.
    private(set) var fetches: [UInt32: Int] = [:]
    /// Roles of the containers and objects that were made below at most `deepest` marks, two a byte, in the order in
    /// which they were made.
    private var roles: [UInt8] = []
    private(set) var count = 0
    private let deepest: Int

    private var stack: [Int] = []
    private var marks: [Int] = []

    /// Looks through a pickle. Roles are kept of what can have a path of `deepest` keys; of none when it is negative.
    init(_ input: inout PickleInput, limits: PickleLimits, deepest: Int) throws(PickleError) {
        self.deepest = deepest
        var followsStack = deepest >= 0
        while true {
            let opcode = try input.opcode()
            var fetched: UInt64?
            switch (opcode, opcode.operand) {
            case (.stop, _): return
            case (.binget, _): fetched = try input.number(1)
            case (.longBinget, _): fetched = try input.number(4)
            case (.get, _): fetched = Self.index(try input.line())
            case (_, .none): break
            case (_, .fixed(let count)): try input.skip(count)
            case (.long4, .counted(let count)), (.binstring, .counted(let count)):
                try input.skip(input.count(count, isSigned: true))
            case (_, .counted(let count)): try input.skip(input.count(count))
            case (_, .line): _ = try input.line()
            case (_, .twoLines):
                _ = try input.line()
                _ = try input.line()
            }
            if let fetched, let index = UInt32(exactly: fetched) {
                fetches[index, default: 0] += 1
                if fetches.count > limits.memo { throw input.error(.limitExceeded(.memo, limit: limits.memo)) }
            }
            // What the stack cannot give is said by the second pass, at the same place.
            if followsStack { followsStack = follow(opcode) && stack.count <= limits.values }
            if count > limits.values * 2 {
                throw input.error(.limitExceeded(.values, limit: limits.values))
            }
        }
    }

    /// A memo number in decimal.
    static func index(_ line: ArraySlice<UInt8>) -> UInt64? {
        line.count <= 20 ? UInt64(String(decoding: line.trimmingSpaces, as: UTF8.self)) : nil
    }

    /// The role of the container or object that was made as the one of that number.
    func role(_ number: Int) -> Role {
        guard number < count else { return .elsewhere }
        return Role(rawValue: roles[number >> 1] >> (number & 1 == 0 ? 0 : 4) & 0x0F) ?? .elsewhere
    }

    // MARK: The stack, of which only what has a role counts

    private static let noRole = -1

    private mutating func made() {
        guard marks.count <= deepest else { return stack.append(Self.noRole) }
        stack.append(count)
        if count & 1 == 0 { roles.append(0) }
        count += 1
    }

    private mutating func plays(_ role: Role, at place: Int) {
        let number = stack[place]
        if number >= 0 { roles[number >> 1] |= role.rawValue << (number & 1 == 0 ? 0 : 4) }
    }

    private var floor: Int { marks.last ?? 0 }

    private mutating func take(_ count: Int) -> Bool {
        guard stack.count - count >= floor else { return false }
        stack.removeLast(count)
        return true
    }

    private mutating func takeToMark() -> Bool {
        guard let mark = marks.popLast() else { return false }
        stack.removeLast(stack.count - mark)
        return true
    }

    /// False when the stack lacks what the instruction wants.
    private mutating func follow(_ opcode: Opcode) -> Bool {
        switch opcode {
        case .proto, .frame, .stop, .put, .binput, .longBinput, .memoize, .readonlyBuffer: return true
        case .mark: marks.append(stack.count)
        case .pop:
            if marks.last == stack.count { marks.removeLast() } else { return take(1) }
        case .popMark: return takeToMark()
        case .emptyList, .emptyDict: made()
        case .list, .dict, .inst, .obj:
            guard takeToMark() else { return false }
            made()
        case .tuple, .frozenset:
            guard takeToMark() else { return false }
            stack.append(Self.noRole)
        case .tuple1, .tuple2, .tuple3, .stackGlobal, .binpersid:
            let count = opcode == .tuple3 ? 3 : opcode == .tuple2 || opcode == .stackGlobal ? 2 : 1
            guard take(count) else { return false }
            stack.append(Self.noRole)
        case .reduce, .newobj, .newobjEx:
            guard take(opcode == .newobjEx ? 3 : 2) else { return false }
            made()
        case .setitem:
            guard stack.count - 2 >= floor else { return false }
            plays(.entry, at: stack.count - 1)
            return take(2)
        case .append:
            guard stack.count - 1 >= floor else { return false }
            plays(.item, at: stack.count - 1)
            return take(1)
        case .build:
            guard stack.count - 1 >= floor else { return false }
            plays(.state, at: stack.count - 1)
            return take(1)
        case .setitems:
            for place in stride(from: floor + 1, to: stack.count, by: 2) { plays(.markedEntry, at: place) }
            return takeToMark()
        case .appends:
            for place in floor..<stack.count { plays(.markedItem, at: place) }
            return takeToMark()
        case .additems: return takeToMark()
        default: stack.append(Self.noRole)
        }
        return true
    }
}
