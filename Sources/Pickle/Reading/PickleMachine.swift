/// Carries out the instructions of a pickle on values that say what they are made of.
struct PickleMachine {
    /// What somebody else has to know.
    enum Event {
        /// A container was made, at that number.
        case made(PickleContainer, Int)
        case entries([PickleEntry], PickleContainer)
        case items([PickleValue], PickleContainer)
        case finished(PickleValue)
    }

    /// Values, what is in them counted, that are enough for the visitor at a time.
    private static let batch = 1 << 16

    var input: PickleInput
    let limits: PickleLimits
    let survey: PickleSurvey
    private let deepest: Int

    var stack: [PickleValue] = []
    var marks: [Int] = []
    var arena = PickleArena()
    var memo = PickleMemo()
    var version = 0
    private(set) var end = 0
    /// Fills that wait until it is known who takes them.
    private var waiting: (node: Int, values: [PickleValue])?
    /// What was made and dropped before anything else was there.
    private var prelude: [PickleValue] = []
    private var trees: PickleTree
    /// Containers and objects made so far that have a role.
    private var made = 0

    /// Values and bytes pushed since the arena was cleared last, with those that stayed then; and how many may be.
    private var values = 0
    private var bytes = 0
    private var mostValues = 1 << 16
    private var mostBytes = 1 << 24
    private var pushed = 0

    init(_ input: PickleInput, _ survey: PickleSurvey, _ limits: PickleLimits, deepest: Int) {
        self.input = input
        self.survey = survey
        self.limits = limits
        self.deepest = deepest
        trees = PickleTree(limits)
    }

    func error(_ reason: PickleError.Reason) -> PickleError { input.error(reason) }

    /// Gives the items of the container at a number to somebody else from now on.
    mutating func handOver(_ node: Int) { arena[node].isHandedOver = true }

    /// Goes on until there is something to say.
    mutating func run() throws(PickleError) -> Event {
        if let (node, values) = waiting {
            waiting = nil
            if let event = try fill(node, values) { return event }
        }
        while true {
            let opcode = try input.opcode()
            if opcode == .stop { return .finished(try finish()) }
            if let event = try execute(opcode) { return event }
        }
    }

    private mutating func finish() throws(PickleError) -> PickleValue {
        end = input.offset
        let top = try pop()
        let value = try tree(of: top)
        if prelude.isEmpty { return value }
        // In one tree, so that what is shared among them is labelled once.
        guard let node = arena.make(.sequence(prelude + [top], keeping: prelude.count)) else {
            throw error(.limitExceeded(.values, limit: limits.values))
        }
        return try tree(of: PickleArena.reference(node))
    }

    // MARK: Stack

    private var floor: Int { marks.last ?? 0 }

    mutating func push(_ value: PickleValue) throws(PickleError) {
        stack.append(value)
        try count(value.byteCount)
    }

    mutating func mark() throws(PickleError) {
        marks.append(stack.count)
        try count(0)
    }

    mutating func pop() throws(PickleError) -> PickleValue {
        guard stack.count > floor, let value = stack.popLast() else { throw error(.stackUnderflow) }
        return value
    }

    mutating func popToMark() throws(PickleError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw error(.noMark) }
        let values = Array(stack[mark...])
        stack.removeLast(values.count)
        return values
    }

    func top() throws(PickleError) -> PickleValue {
        guard stack.count > floor, let value = stack.last else { throw error(.stackUnderflow) }
        return value
    }

    /// The number of the object on top of the stack; a leaf becomes one.
    mutating func topNode() throws(PickleError) -> Int {
        let value = try top()
        if let node = PickleArena.node(value) { return node }
        let node = try make(value)
        stack[stack.count - 1] = PickleArena.reference(node)
        return node
    }

    /// Drops a value, and keeps what making it may have done.
    mutating func drop(_ value: PickleValue) throws(PickleError) {
        guard arena.hasEffects(value) else { return }
        if let below = stack.last {
            if let node = PickleArena.node(below) {
                arena.follow(node, with: value)
            } else {
                let node = try make(below)
                stack[stack.count - 1] = PickleArena.reference(node)
                arena.follow(node, with: value)
            }
        } else {
            prelude.append(value)
        }
    }

    private mutating func count(_ size: Int) throws(PickleError) {
        values += 1
        bytes += size
        pushed += 1
        guard values > mostValues || bytes > mostBytes else { return }
        (values, bytes) = arena.collect(keeping: [stack, memo.kept, prelude, waiting?.values ?? []])
        values += marks.count
        if values > limits.values { throw error(.limitExceeded(.values, limit: limits.values)) }
        if bytes > limits.bytes { throw error(.limitExceeded(.bytes, limit: limits.bytes)) }
        // Soon after the limit, but not at every value near it; and a walk passes all places there are, in use or not.
        mostValues = max(1 << 16, min(values * 2, max(limits.values, values + values / 4)), arena.nodes.count / 2)
        mostBytes = max(1 << 24, min(bytes * 2, max(limits.bytes, bytes + bytes / 4)))
    }

    mutating func make(_ value: PickleValue) throws(PickleError) -> Int {
        guard let node = arena.make(value) else { throw error(.limitExceeded(.values, limit: limits.values)) }
        return node
    }

    /// Pushes a container or object that has no place of its own in the paths.
    mutating func pushNode(_ value: PickleValue) throws(PickleError) {
        try push(PickleArena.reference(try make(value)))
    }

    /// Pushes a container or object, then puts `values` into it.
    mutating func pushNode(placed value: PickleValue, filled values: [PickleValue] = []) throws(PickleError) -> Event? {
        let node = try make(value)
        var path: [PickleValue]?
        if marks.count <= deepest {
            path = place(survey.role(made))
            made += 1
        }
        try push(PickleArena.reference(node))
        if let path, path.count <= deepest {
            arena.paths[node] = path
            let kind: PickleContainer.Kind? =
                switch value {
                case .list: .list
                case .dictionary: .dictionary
                default: nil
                }
            if let kind {
                if !values.isEmpty { waiting = (node, values) }
                return .made(PickleContainer(kind: kind, path: path), node)
            }
        }
        return values.isEmpty ? nil : try fill(node, values)
    }

    /// The path of what is made now, whose role is known.
    private func place(_ role: PickleSurvey.Role) -> [PickleValue]? {
        func path(_ place: Int) -> [PickleValue]? {
            guard stack.indices.contains(place), let node = PickleArena.node(stack[place]) else { return nil }
            return arena.paths[node]
        }
        func index(_ place: Int) -> Int? {
            guard stack.indices.contains(place), let node = PickleArena.node(stack[place]),
                case .list(let items) = arena[node].value
            else { return nil }
            return arena.handedOver[node, default: 0] + items.count
        }
        switch role {
        case .elsewhere: return stack.isEmpty ? [] : nil
        case .state: return path(stack.count - 1)
        case .entry, .markedEntry:
            guard let key = stack.last, PickleArena.node(key) == nil,
                let path = path(role == .entry ? stack.count - 2 : floor - 1)
            else { return nil }
            return path + [key]
        case .item:
            guard let path = path(stack.count - 1), let index = index(stack.count - 1) else { return nil }
            return path + [.int(index)]
        case .markedItem:
            guard let path = path(floor - 1), let index = index(floor - 1) else { return nil }
            return path + [.int(index + stack.count - floor)]
        }
    }

    // MARK: Filling

    /// Puts items or entries into a container or object, or says that somebody else is to have them.
    mutating func fill(_ node: Int, _ values: [PickleValue]) throws(PickleError) -> Event? {
        if case .dictionary = arena[node].value { return try update(node, values) }
        return try append(values, to: node)
    }

    mutating func append(_ items: [PickleValue], to node: Int) throws(PickleError) -> Event? {
        guard !items.isEmpty else { return nil }
        guard arena[node].isHandedOver, case .list = arena[node].value else {
            arena.append(items, to: node)
            return nil
        }
        let trees = try handedOver(items, of: node, by: 1)
        arena.handedOver[node, default: 0] += trees.count
        return .items(trees, PickleContainer(kind: .list, path: arena.paths[node] ?? []))
    }

    mutating func update(_ node: Int, _ values: [PickleValue]) throws(PickleError) -> Event? {
        guard values.count.isMultiple(of: 2) else { throw error(.malformed("a key has no value")) }
        guard !values.isEmpty else { return nil }
        guard arena[node].isHandedOver, case .dictionary = arena[node].value else {
            arena.update(node, [PickleEntry](flattened: values[...]))
            return nil
        }
        let trees = try handedOver(values, of: node, by: 2)
        arena.handedOver[node, default: 0] += trees.count / 2
        return .entries(
            [PickleEntry](flattened: trees[...]), PickleContainer(kind: .dictionary, path: arena.paths[node] ?? []))
    }

    /// The trees of the first values, `step` at a time; those for which they become too many wait.
    private mutating func handedOver(_ values: [PickleValue], of node: Int, by step: Int) throws(PickleError)
        -> [PickleValue]
    {
        let most = trees.values + Self.batch
        var handedOver: [PickleValue] = []
        handedOver.reserveCapacity(values.count)
        while handedOver.count < values.count, trees.values <= most {
            for value in values[handedOver.count..<(handedOver.count + step)] { handedOver.append(try tree(of: value)) }
        }
        if handedOver.count < values.count { waiting = (node, Array(values[handedOver.count...])) }
        return handedOver
    }

    private mutating func tree(of value: PickleValue) throws(PickleError) -> PickleValue {
        let allowance = PickleTree.Allowance(
            values: limits.copies + 64 * pushed, bytes: limits.copies + 64 * input.offset,
            twice: Self.batch + 8 * pushed)
        do { return try trees.tree(of: value, in: &arena, allowance: allowance) } catch {
            throw self.error(.limitExceeded(error.kind, limit: error.kind == .depth ? limits.depth : limits.copies))
        }
    }
}
