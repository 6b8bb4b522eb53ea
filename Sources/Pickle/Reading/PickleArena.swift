/// The containers and objects that a pickle is making, each at a number of its own.
///
/// Within them, and on the stack, `.reference` with that number stands for one: so that it can still change when others
/// hold it, and nothing here is nested.
struct PickleArena {
    /// Small, for a pickle makes millions: its parts are in the order in which they leave no gaps.
    struct Node {
        /// How it was made; what it is made of is a leaf or a reference.
        var value: PickleValue
        /// Whether more than one may point at it.
        var isShared = false
        /// Whether its items go to the visitor.
        var isHandedOver = false
        var isFree = false
        /// Whether it is made as far as the last walk came.
        var isMade = false
        /// What was done to it since, each with `.none` where the object stands.
        var changes: [PickleValue] = []
        /// The last walk that came here.
        var walk = 0
        var label: PickleLabel?
    }

    private(set) var nodes: [Node] = []
    private var free: [Int] = []
    /// Where those are that the visitor may be asked about.
    var paths: [Int: [PickleValue]] = [:]
    /// How many items of those went to the visitor.
    var handedOver: [Int: Int] = [:]
    private var walk = 0

    /// What stands for the node of that number.
    static func reference(_ node: Int) -> PickleValue { .reference(PickleLabel(rawValue: UInt32(node))) }

    /// The number of the node that a value stands for; nil for a value that is itself.
    static func node(_ value: PickleValue) -> Int? {
        if case .reference(let label) = value { Int(label.rawValue) } else { nil }
    }

    subscript(node: Int) -> Node {
        _read { yield nodes[node] }
        _modify { yield &nodes[node] }
    }

    /// A new node; nil when there are as many as a number can count.
    mutating func make(_ value: PickleValue) -> Int? {
        if let place = free.popLast() {
            nodes[place] = Node(value: value)
            return place
        }
        guard nodes.count < UInt32.max else { return nil }
        nodes.append(Node(value: value))
        return nodes.count - 1
    }

    mutating func beginWalk() -> Int {
        walk += 1
        return walk
    }

    // MARK: Changes

    mutating func append(_ items: [PickleValue], to node: Int) {
        if nodes[node].changes.isEmpty, case .list(var list) = nodes[node].value {
            nodes[node].value = .none
            list.append(contentsOf: items)
            nodes[node].value = .list(list)
        } else if case .appended(_, var before)? = nodes[node].changes.last {
            nodes[node].changes.removeLast()
            before.append(contentsOf: items)
            nodes[node].changes.append(.appended(.none, items: before))
        } else {
            nodes[node].changes.append(.appended(.none, items: items))
        }
    }

    mutating func update(_ node: Int, _ entries: [PickleEntry]) {
        if nodes[node].changes.isEmpty, case .dictionary(var dictionary) = nodes[node].value {
            nodes[node].value = .none
            dictionary.append(contentsOf: entries)
            nodes[node].value = .dictionary(dictionary)
        } else if case .updated(_, var before)? = nodes[node].changes.last {
            nodes[node].changes.removeLast()
            before.append(contentsOf: entries)
            nodes[node].changes.append(.updated(.none, entries: before))
        } else {
            nodes[node].changes.append(.updated(.none, entries: entries))
        }
    }

    mutating func add(_ members: [PickleValue], to node: Int) {
        if nodes[node].changes.isEmpty, case .set(var set) = nodes[node].value {
            nodes[node].value = .none
            set.append(contentsOf: members)
            nodes[node].value = .set(set)
        } else if case .added(_, var before)? = nodes[node].changes.last {
            nodes[node].changes.removeLast()
            before.append(contentsOf: members)
            nodes[node].changes.append(.added(.none, members: before))
        } else {
            nodes[node].changes.append(.added(.none, members: members))
        }
    }

    mutating func build(_ node: Int, state: PickleValue) {
        nodes[node].changes.append(.build(.none, state: state))
    }

    /// Something made after the node and dropped again, for what making it does.
    mutating func follow(_ node: Int, with effect: PickleValue) {
        nodes[node].changes.append(.sequence([.none, effect], keeping: 0))
    }

    /// Whether making a value calls anything, apart from what is shared and thus stands elsewhere.
    func hasEffects(_ value: PickleValue) -> Bool {
        var waiting = [value]
        while let value = waiting.popLast() {
            guard let node = Self.node(value), !nodes[node].isShared else { continue }
            if !nodes[node].changes.isEmpty { return true }
            switch nodes[node].value {
            case .reduce, .newObject, .newObjectWithKeywords, .instance, .persistent: return true
            default: waiting.append(contentsOf: nodes[node].value.children)
            }
        }
        return false
    }

    // MARK: What is out of use

    /// Frees the nodes that the roots do not lead to; says how many values, and bytes of texts, those hold that stay.
    mutating func collect(keeping roots: [some Sequence<PickleValue>]) -> (values: Int, bytes: Int) {
        let walk = beginWalk()
        var values = 0
        var bytes = 0
        var waiting: [Int] = []
        func reach(_ value: PickleValue, _ nodes: inout [Node]) {
            values += 1
            if let node = Self.node(value) {
                guard nodes[node].walk != walk else { return }
                nodes[node].walk = walk
                waiting.append(node)
            } else {
                bytes += value.byteCount
            }
        }
        for root in roots {
            for value in root { reach(value, &nodes) }
        }
        while let node = waiting.popLast() {
            bytes += nodes[node].value.byteCount
            for child in nodes[node].value.children { reach(child, &nodes) }
            for change in nodes[node].changes {
                for child in change.children { reach(child, &nodes) }
            }
        }
        for place in nodes.indices where nodes[place].walk != walk && !nodes[place].isFree {
            nodes[place] = Node(value: .none, isFree: true)
            paths[place] = nil
            handedOver[place] = nil
            free.append(place)
        }
        return (values, bytes)
    }
}

extension [PickleEntry] {
    /// Of entries with one key, as far as a key is a text, a number or bytes, only the last one's value, at the first
    /// one's place.
    var withoutRepeatedKeys: [PickleEntry] {
        var places: [PickleKey: Int] = [:]
        var entries: [PickleEntry] = []
        for entry in self {
            guard let key = PickleKey(entry.key) else {
                entries.append(entry)
                continue
            }
            if let place = places[key] {
                entries[place].value = entry.value
            } else {
                places[key] = entries.count
                entries.append(entry)
            }
        }
        return entries
    }
}

/// A key as Python compares it: `1`, `1.0` and `True` are one.
private enum PickleKey: Hashable {
    case none
    case number(Int)
    case long(PickleInteger)
    case float(UInt64)
    case text([UInt8])
    case bytes([UInt8])

    init?(_ value: PickleValue) {
        switch value {
        case .none: self = .none
        case .bool(let flag): self = .number(flag ? 1 : 0)
        case .int(let number): self = .number(number)
        case .long(let number): self = .long(number)
        case .float(let number):
            if let whole = Int(exactly: number) {
                self = .number(whole)
            } else if number.isNaN {
                return nil
            } else {
                self = .float(number.bitPattern)
            }
        case .string(let text): self = .text(Array(text.utf8))
        case .surrogateString(let bytes): self = .text(bytes)
        case .bytes(let bytes): self = .bytes(bytes)
        default: return nil
        }
    }
}
