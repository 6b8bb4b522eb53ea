extension PickleMachine {
    /// Carries out any instruction but STOP.
    mutating func execute(_ opcode: Opcode) throws(PickleError) -> Event? {
        switch opcode {
        case .none: try push(.none)
        case .newTrue: try push(.bool(true))
        case .newFalse: try push(.bool(false))
        case .binint1: try push(.int(Int(try input.byte())))
        case .binint2: try push(.int(Int(try input.number(2))))
        case .binint: try push(.int(try input.signed()))
        case .binfloat: try push(.float(Double(bitPattern: try input.bigEndian())))
        case .long1: try push(Self.integer(try input.bytes(try input.count(1))))
        case .long4: try push(Self.integer(try input.bytes(try input.count(4, isSigned: true))))
        case .shortBinunicode: try push(try text(1))
        case .binunicode: try push(try text(4))
        case .binunicode8: try push(try text(8))
        case .shortBinbytes: try push(.bytes(Array(try input.bytes(try input.count(1)))))
        case .binbytes: try push(.bytes(Array(try input.bytes(try input.count(4)))))
        case .binbytes8: try push(.bytes(Array(try input.bytes(try input.count(8)))))
        case .bytearray8: try pushNode(.bytearray(Array(try input.bytes(try input.count(8)))))
        case .shortBinstring: try push(PickleText.python2(try input.bytes(try input.count(1))))
        case .binstring: try push(PickleText.python2(try input.bytes(try input.count(4, isSigned: true))))
        case .int, .long, .float, .string, .unicode: try push(try spelled(opcode))

        case .mark: try mark()
        case .pop:
            if marks.last == stack.count { marks.removeLast() } else { try drop(try pop()) }
        case .popMark:
            for value in try popToMark() { try drop(value) }
        case .dup:
            let value = try top()
            if let node = PickleArena.node(value) { arena[node].isShared = true }
            try push(value)

        case .emptyTuple: try pushNode(.tuple([]))
        case .tuple1: try pushTuple(1)
        case .tuple2: try pushTuple(2)
        case .tuple3: try pushTuple(3)
        case .tuple: try pushNode(.tuple(try popToMark()))
        case .emptySet: try pushNode(.set([]))
        case .frozenset: try pushNode(.frozenset(try popToMark()))
        case .emptyList: return try pushNode(placed: .list([]))
        case .emptyDict: return try pushNode(placed: .dictionary([]))
        case .list: return try pushNode(placed: .list([]), filled: try popToMark())
        case .dict:
            let values = try popToMark()
            guard values.count.isMultiple(of: 2) else { throw error(.malformed("a key has no value")) }
            return try pushNode(placed: .dictionary([]), filled: values)

        case .append:
            let item = try pop()
            return try append([item], to: try topNode())
        case .appends:
            let items = try popToMark()
            return try append(items, to: try topNode())
        case .setitem:
            let value = try pop()
            let key = try pop()
            return try update(try topNode(), [key, value])
        case .setitems:
            let values = try popToMark()
            return try update(try topNode(), values)
        case .additems:
            let members = try popToMark()
            let node = try topNode()
            if !members.isEmpty { arena.add(members, to: node) }

        case .global:
            let (module, name) = try names()
            try push(.global(module: module, name: name))
        case .stackGlobal:
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw error(.malformed("a class or function is named by something other than text"))
            }
            try push(global(module, name))
        case .ext1: try pushExtension(Int(try input.byte()))
        case .ext2: try pushExtension(Int(try input.number(2)))
        case .ext4: try pushExtension(try input.signed())
        case .persid:
            guard let text = PickleText.string(utf8: try input.line()) else { throw error(.notUTF8) }
            try pushNode(.persistent(text))
        case .binpersid: try pushNode(.persistent(try pop()))

        case .inst:
            let (module, name) = try names()
            return try pushNode(
                placed: .instance(.global(module: module, name: name), arguments: try popToMark()))
        case .obj:
            let values = try popToMark()
            guard let type = values.first else { throw error(.stackUnderflow) }
            return try pushNode(placed: .instance(type, arguments: Array(values.dropFirst())))
        case .reduce:
            let arguments = try pop()
            let callable = try pop()
            return try pushNode(placed: made(by: callable, arguments))
        case .newobj:
            let arguments = try pop()
            return try pushNode(placed: .newObject(try pop(), arguments: arguments))
        case .newobjEx:
            let keywords = try pop()
            let arguments = try pop()
            return try pushNode(
                placed: .newObjectWithKeywords(try pop(), arguments: arguments, keywords: keywords))
        case .build:
            let state = try pop()
            arena.build(try topNode(), state: state)

        case .put: try put(try memoIndex())
        case .binput: try put(try input.number(1))
        case .longBinput: try put(try input.number(4))
        case .memoize: try put(memo.next)
        case .get: try get(try memoIndex())
        case .binget: try get(try input.number(1))
        case .longBinget: try get(try input.number(4))

        case .proto:
            version = Int(try input.byte())
            if version > 5 { throw error(.unknownProtocol(version)) }
        case .frame:
            if try input.number(8) > UInt64(input.length - input.offset) { throw error(.truncated(at: input.length)) }
        case .nextBuffer, .readonlyBuffer: throw error(.outOfBand)
        case .stop: break
        }
        return nil
    }

    private mutating func pushTuple(_ count: Int) throws(PickleError) {
        guard stack.count - count >= marks.last ?? 0 else { throw error(.stackUnderflow) }
        let items = Array(stack.suffix(count))
        stack.removeLast(count)
        try pushNode(.tuple(items))
    }

    private mutating func pushExtension(_ code: Int) throws(PickleError) {
        guard code > 0 else { throw error(.malformed("an extension code is not above zero")) }
        try push(.extensionCode(code))
    }

    /// The result of a call; a `bytearray` of bytes is known.
    private func made(by callable: PickleValue, _ arguments: PickleValue) -> PickleValue {
        if case .global("builtins", "bytearray") = callable, let node = PickleArena.node(arguments),
            case .tuple(let items) = arena[node].value, items.count == 1, case .bytes(let bytes) = items[0]
        {
            return .bytearray(bytes)
        }
        return .reduce(callable, arguments: arguments)
    }

    // MARK: Names, numbers and texts

    private func global(_ module: String, _ name: String) -> PickleValue {
        if version >= 3 { return .global(module: module, name: name) }
        let current = Python2Names.current(module, name)
        return .global(module: current.module, name: current.name)
    }

    private mutating func names() throws(PickleError) -> (module: String, name: String) {
        guard let module = String(validating: try input.line(), as: UTF8.self),
            let name = String(validating: try input.line(), as: UTF8.self)
        else { throw error(.notUTF8) }
        return version >= 3 ? (module, name) : Python2Names.current(module, name)
    }

    private mutating func text(_ width: Int) throws(PickleError) -> PickleValue {
        guard let text = PickleText.string(utf8: try input.bytes(try input.count(width))) else {
            throw error(.notUTF8)
        }
        return text
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> PickleValue {
        let integer = PickleInteger(littleEndian: Array(bytes))
        return integer.machineWord.map { .int($0) } ?? .long(integer)
    }

    /// The value of one of the text forms.
    private mutating func spelled(_ opcode: Opcode) throws(PickleError) -> PickleValue {
        let line = try input.line()
        switch opcode {
        case .int where line.elementsEqual("00".utf8): return .bool(false)
        case .int where line.elementsEqual("01".utf8): return .bool(true)
        case .int, .long:
            var digits = line.trimmingSpaces
            if opcode == .long, digits.last == UInt8(ascii: "L") { digits = digits.dropLast() }
            if digits.count > limits.digits { throw error(.limitExceeded(.digits, limit: limits.digits)) }
            guard let integer = PickleValue.integer(decimal: String(decoding: digits, as: UTF8.self)) else {
                throw error(.malformed("a number is not decimal"))
            }
            return integer
        case .float:
            guard let number = PickleText.float(line) else { throw error(.malformed("a number is not one")) }
            return .float(number)
        case .string:
            guard let bytes = PickleText.quoted(line) else { throw error(.malformed("a text is not in quotes")) }
            return PickleText.python2(bytes)
        default:
            guard let text = PickleText.rawUnicode(line) else { throw error(.malformed("a text's escape is broken")) }
            return text
        }
    }

    // MARK: Memo

    private mutating func memoIndex() throws(PickleError) -> UInt64 {
        guard let index = PickleSurvey.index(try input.line()) else {
            throw error(.malformed("a memo number is not one"))
        }
        return index
    }

    private mutating func put(_ number: UInt64) throws(PickleError) {
        let value = try top()
        if memo.put(value, at: number, survey), let node = PickleArena.node(value) { arena[node].isShared = true }
        if memo.scattered > limits.memo { throw error(.limitExceeded(.memo, limit: limits.memo)) }
    }

    private mutating func get(_ number: UInt64) throws(PickleError) {
        guard let value = memo.get(number) else {
            throw error(.memoEntryMissing(Int(clamping: number)))
        }
        try push(value)
    }
}
