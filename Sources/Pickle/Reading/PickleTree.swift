/// Makes trees of what is in an arena.
///
/// Objects are written where they are met first, and what is in them before what comes after them, as Python's pickler
/// goes; so a tree's labels come before its references. It takes no stack, however deep the tree.
struct PickleTree {
    private struct Frame {
        let node: Int
        let depth: Int
        var value: PickleValue
        var children: [PickleValue]
        var next = 0
        /// The change that `children` are of; -1 while the value itself is made.
        var change = -1
    }

    /// Values, and bytes of texts, that went into trees so far.
    private(set) var values = 0
    private(set) var bytes = 0

    private let limits: PickleLimits
    private var frames: [Frame] = []
    private var walk = 0
    /// Whether each label was referred to.
    private var labels: [Bool] = []
    private var labelsAll = false

    init(_ limits: PickleLimits) { self.limits = limits }

    /// How much may go into trees.
    struct Allowance {
        /// Values, and bytes, in all.
        var values: Int
        var bytes: Int
        /// Values of one tree some of which are written twice.
        var twice: Int
    }

    /// The tree of a value, which stands alone.
    mutating func tree(
        of value: PickleValue, in arena: inout PickleArena, allowance: Allowance
    ) throws(PickleTreeError) -> PickleValue {
        guard let node = PickleArena.node(value) else {
            values += 1
            bytes += value.byteCount
            if bytes > allowance.bytes { throw PickleTreeError(.copies) }
            return value
        }
        labelsAll = false
        if let tree = try walk(from: node, in: &arena, allowance: allowance) { return tree }
        // A cycle leads through a tuple or the arguments of a call, which has then to be written within what it holds.
        labelsAll = true
        var allowance = allowance
        allowance.values = min(allowance.values, values + allowance.twice)
        return try walk(from: node, in: &arena, allowance: allowance) ?? .none
    }

    /// Nil when a value is met again while it is made, and not everything is labelled.
    private mutating func walk(
        from root: Int, in arena: inout PickleArena, allowance: Allowance
    ) throws(PickleTreeError) -> PickleValue? {
        walk = arena.beginWalk()
        labels = []
        frames = []
        defer { frames = [] }
        _ = try visit(root, in: &arena, below: 0)
        while true {
            let top = frames.count - 1
            let child = nextChild(top)
            if values > allowance.values || bytes > allowance.bytes { throw PickleTreeError(.copies) }
            guard let child else {
                guard let made = finish(top, in: &arena) else { continue }
                frames.removeLast()
                guard top > 0 else { return withoutIdleLabels(made) }
                frames[top - 1].children[frames[top - 1].next] = made
                frames[top - 1].next += 1
                continue
            }
            switch try visit(child, in: &arena, below: frames[top].depth) {
            case .known(let value):
                frames[top].children[frames[top].next] = value
                frames[top].next += 1
            case .begun: break
            case .inItself: return nil
            }
        }
    }

    /// The number of the next child that is a node; those before it are passed.
    private mutating func nextChild(_ top: Int) -> Int? {
        while frames[top].next < frames[top].children.count {
            let child = frames[top].children[frames[top].next]
            values += 1
            if let node = PickleArena.node(child) { return node }
            bytes += child.byteCount
            frames[top].next += 1
        }
        return nil
    }

    private enum Visit {
        case known(PickleValue)
        case begun
        case inItself
    }

    private mutating func visit(_ node: Int, in arena: inout PickleArena, below depth: Int) throws(PickleTreeError)
        -> Visit
    {
        let isNew = arena[node].walk != walk
        if isNew {
            arena[node].walk = walk
            arena[node].isMade = false
            arena[node].label = nil
            if (arena[node].isShared || labelsAll) && !arena[node].value.isPlain {
                arena[node].label = PickleLabel(rawValue: UInt32(labels.count))
                labels.append(false)
            }
        } else {
            if arena[node].isMade, arena[node].value.isPlain {
                values += 1
                bytes += arena[node].value.byteCount
                return .known(arena[node].value)
            }
            if arena[node].isMade, let label = arena[node].label {
                labels[Int(label.rawValue)] = true
                return .known(.reference(label))
            }
            guard labelsAll else { return .inItself }
        }
        let extra = (arena[node].label == nil ? 0 : 1) + arena[node].changes.count + (labelsAll ? 1 : 0)
        let depth = depth + 1 + extra
        if depth > limits.depth { throw PickleTreeError(.depth) }
        var value = arena[node].value
        bytes += value.byteCount
        switch value {
        case .dictionary(let entries) where arena[node].isShared && entries.count > 1:
            value = .dictionary(entries.withoutRepeatedKeys)
            arena[node].isMade = true
        case .dictionary, .list, .set: arena[node].isMade = true
        default: break
        }
        frames.append(Frame(node: node, depth: depth, value: value, children: value.children))
        return .begun
    }

    /// Goes on to the next change of the node on top; gives its tree when there is none.
    private mutating func finish(_ top: Int, in arena: inout PickleArena) -> PickleValue? {
        let node = frames[top].node
        let label = arena[node].label
        if frames[top].change < 0 {
            let isContainer =
                switch frames[top].value {
                case .dictionary, .list, .set: true
                default: false
                }
            if arena[node].isMade, !isContainer, let label {
                // It was made within one of its own parts, which are written for that alone.
                labels[Int(label.rawValue)] = true
                let parts = frames[top].children.filter { part in
                    if case .reference = part { false } else { !part.isLeaf }
                }
                return .sequence(parts + [.reference(label)], keeping: parts.count)
            }
            arena[node].isMade = true
            frames[top].value = frames[top].value.with(children: frames[top].children)
        } else {
            frames[top].children[0] = frames[top].value
            let change = arena[node].changes[frames[top].change]
            frames[top].value = change.with(children: frames[top].children)
        }
        frames[top].change += 1
        if frames[top].change < arena[node].changes.count {
            frames[top].children = arena[node].changes[frames[top].change].children
            frames[top].next = 1
            return nil
        }
        return label.map { .labelled($0, frames[top].value) } ?? frames[top].value
    }

    /// Without the labels that nothing refers to, and the others numbered anew.
    private func withoutIdleLabels(_ tree: PickleValue) -> PickleValue {
        guard labels.contains(false) else { return tree }
        var numbers: [UInt32] = []
        var count: UInt32 = 0
        for isUsed in labels {
            numbers.append(count)
            if isUsed { count += 1 }
        }
        func renumbered(_ label: PickleLabel) -> PickleLabel { PickleLabel(rawValue: numbers[Int(label.rawValue)]) }
        return tree.rewritten { value in
            switch value {
            case .labelled(let label, let inner):
                labels[Int(label.rawValue)] ? .labelled(renumbered(label), inner) : inner
            case .reference(let label): .reference(renumbered(label))
            default: value
            }
        }
    }
}

extension PickleValue {
    /// Whether it is the same wherever it is written, so that nothing has to point at it.
    fileprivate var isPlain: Bool {
        switch self {
        case .none, .bool, .int, .long, .float, .string, .surrogateString, .python2String, .bytes, .global,
            .extensionCode:
            true
        default: false
        }
    }
}

/// What a tree would exceed.
struct PickleTreeError: Error {
    let kind: PickleLimits.Kind

    init(_ kind: PickleLimits.Kind) { self.kind = kind }
}
