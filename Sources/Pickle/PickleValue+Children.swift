extension PickleValue {
    /// The values that this one is made of, in the order in which a pickle makes them; of a `dict` its keys and values in
    /// turn.
    var children: [PickleValue] {
        switch self {
        case .none, .bool, .int, .long, .float, .string, .surrogateString, .python2String, .bytes, .bytearray, .global,
            .extensionCode, .reference:
            []
        case .tuple(let items), .list(let items), .set(let items), .frozenset(let items),
            .sequence(let items, keeping: _):
            items
        case .dictionary(let entries): entries.flattened
        case .persistent(let value), .labelled(_, let value): [value]
        case .reduce(let callable, let arguments), .newObject(let callable, let arguments): [callable, arguments]
        case .newObjectWithKeywords(let type, let arguments, let keywords): [type, arguments, keywords]
        case .instance(let type, let arguments): [type] + arguments
        case .build(let object, let state): [object, state]
        case .appended(let object, let items), .added(let object, let items): [object] + items
        case .updated(let object, let entries): [object] + entries.flattened
        }
    }

    /// The same kind of value made of others, as many as `children` are.
    func with(children: [PickleValue]) -> PickleValue {
        switch self {
        case .none, .bool, .int, .long, .float, .string, .surrogateString, .python2String, .bytes, .bytearray, .global,
            .extensionCode, .reference:
            self
        case .tuple: .tuple(children)
        case .list: .list(children)
        case .set: .set(children)
        case .frozenset: .frozenset(children)
        case .sequence(_, let kept): .sequence(children, keeping: kept)
        case .dictionary: .dictionary([PickleEntry](flattened: children[...]))
        case .persistent: .persistent(children[0])
        case .labelled(let label, _): .labelled(label, children[0])
        case .reduce: .reduce(children[0], arguments: children[1])
        case .newObject: .newObject(children[0], arguments: children[1])
        case .newObjectWithKeywords:
            .newObjectWithKeywords(children[0], arguments: children[1], keywords: children[2])
        case .instance: .instance(children[0], arguments: Array(children.dropFirst()))
        case .build: .build(children[0], state: children[1])
        case .appended: .appended(children[0], items: Array(children.dropFirst()))
        case .added: .added(children[0], members: Array(children.dropFirst()))
        case .updated: .updated(children[0], entries: [PickleEntry](flattened: children.dropFirst()))
        }
    }

    /// Whether it has children at all, without listing them.
    var isLeaf: Bool {
        switch self {
        case .none, .bool, .int, .long, .float, .string, .surrogateString, .python2String, .bytes, .bytearray, .global,
            .extensionCode, .reference:
            true
        case .tuple(let items), .list(let items), .set(let items), .frozenset(let items): items.isEmpty
        case .dictionary(let entries): entries.isEmpty
        default: false
        }
    }

    /// How many bytes of text or data it holds itself.
    var byteCount: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .surrogateString(let bytes), .python2String(let bytes), .bytes(let bytes), .bytearray(let bytes):
            bytes.count
        case .long(let integer): integer.littleEndian.count
        case .global(let module, let name): module.utf8.count + name.utf8.count
        default: 0
        }
    }

    /// Each value of the tree rewritten, children before what holds them. It takes no stack, however deep the tree.
    func rewritten(_ rewrite: (PickleValue) -> PickleValue) -> PickleValue {
        struct Frame {
            let value: PickleValue
            var children: [PickleValue]
            var next = 0
        }
        if isLeaf { return rewrite(self) }
        var frames = [Frame(value: self, children: children)]
        while true {
            let top = frames.count - 1
            let next = frames[top].next
            if next < frames[top].children.count {
                let child = frames[top].children[next]
                if child.isLeaf {
                    frames[top].children[next] = rewrite(child)
                    frames[top].next += 1
                } else {
                    frames.append(Frame(value: child, children: child.children))
                }
            } else {
                let frame = frames.removeLast()
                let result = rewrite(frame.value.with(children: frame.children))
                guard !frames.isEmpty else { return result }
                frames[top - 1].children[frames[top - 1].next] = result
                frames[top - 1].next += 1
            }
        }
    }

    /// Calls `visit` with each value of the tree, what holds others before them, until it says false.
    func visitAll(_ visit: (PickleValue) -> Bool) {
        var waiting = [self]
        while let value = waiting.popLast() {
            guard visit(value) else { return }
            if !value.isLeaf { waiting.append(contentsOf: value.children.reversed()) }
        }
    }
}

extension [PickleEntry] {
    /// Keys and values in turn.
    var flattened: [PickleValue] {
        var values: [PickleValue] = []
        values.reserveCapacity(count * 2)
        for entry in self {
            values.append(entry.key)
            values.append(entry.value)
        }
        return values
    }

    init(flattened values: ArraySlice<PickleValue>) {
        self.init()
        reserveCapacity(values.count / 2)
        var index = values.startIndex
        while index + 1 < values.endIndex {
            append(PickleEntry(values[index], values[index + 1]))
            index += 2
        }
    }
}
