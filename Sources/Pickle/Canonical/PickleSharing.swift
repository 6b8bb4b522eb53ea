/// Which labels of a tree stand for a cycle, and what the tree would be with the others written out.
struct PickleSharing {
    /// What a labelled value is, once all of it is known.
    private struct Definition {
        let value: PickleValue
        /// The outermost value that it is in and points back at, by how many labelled ones are around that; `closed` when
        /// there is none, so that a copy of it stands alone.
        let reach: Int
        let size: Int
        let depth: Int
    }

    private struct Frame {
        let value: PickleValue
        let children: [PickleValue]
        var next = 0
        var size: Int
        var depth = 0
        var reach = closed
        /// How many labelled values are around this one, itself counted.
        let level: Int

        mutating func add(_ size: Int, _ depth: Int, _ reach: Int) {
            let (sum, overflow) = self.size.addingReportingOverflow(size)
            self.size = overflow ? .max : sum
            self.depth = max(self.depth, depth)
            self.reach = min(self.reach, reach)
        }
    }

    private static let closed = Int.max

    private var definitions: [PickleLabel: Definition] = [:]
    /// The labels within which the walk is, with their level.
    private var around: [PickleLabel: Int] = [:]
    private var needed: Set<PickleLabel> = []
    private var size = 0
    private var depth = 0
    /// The size of the tree as it is.
    private var held = 0

    init(_ tree: PickleValue) {
        var outermost = 0
        if case .labelled(let label, _) = tree {
            outermost = 1
            around[label] = outermost
        }
        held = 1 + tree.byteCount / 16
        var frames = [Frame(value: tree, children: tree.children, size: held, level: outermost)]
        while let top = frames.indices.last {
            if frames[top].next < frames[top].children.count {
                let child = frames[top].children[frames[top].next]
                frames[top].next += 1
                held += 1 + child.byteCount / 16
                var level = frames[top].level
                if case .labelled(let label, _) = child {
                    level += 1
                    around[label] = level
                }
                if case .reference(let label) = child {
                    let (size, depth, reach) = refer(to: label)
                    frames[top].add(size, depth, reach)
                } else if child.isLeaf {
                    frames[top].add(1 + child.byteCount / 16, 1, Self.closed)
                } else {
                    frames.append(
                        Frame(value: child, children: child.children, size: 1 + child.byteCount / 16, level: level))
                }
                continue
            }
            let frame = frames.removeLast()
            var reach = frame.reach
            if case .labelled(let label, let value) = frame.value {
                around[label] = nil
                if reach >= frame.level { reach = Self.closed }
                definitions[label] = Definition(value: value, reach: reach, size: frame.size, depth: frame.depth)
            }
            if frames.isEmpty {
                size = frame.size
                depth = frame.depth + 1
            } else {
                frames[frames.count - 1].add(frame.size, frame.depth + 1, reach)
            }
        }
    }

    private mutating func refer(to label: PickleLabel) -> (size: Int, depth: Int, reach: Int) {
        if let level = around[label] {
            needed.insert(label)
            return (1, 1, level)
        }
        guard let definition = definitions[label] else { return (1, 1, Self.closed) }
        if definition.reach == Self.closed { return (definition.size, definition.depth, Self.closed) }
        // Part of a cycle that this is outside of: what is around stays as it is.
        needed.insert(label)
        return (1, 1, 0)
    }

    /// The tree with labels only where a cycle needs them, numbered as they come; when that would be more than `times` as
    /// large and more than a few thousand values, or nested deeper than `depth`, shared values stay labelled, too.
    func written(_ tree: PickleValue, times: Int, depth deepest: Int) -> PickleValue {
        let expands = size <= max(1 << 12, held * times) && depth <= deepest
        var kept = needed
        if !expands {
            tree.visitAll { value in
                if case .reference(let label) = value { kept.insert(label) }
                return true
            }
        }
        struct Frame {
            let value: PickleValue
            var children: [PickleValue]
            var next = 0
        }
        var numbers: [PickleLabel: PickleLabel] = [:]
        var count: UInt32 = 0
        var frames: [Frame] = []
        /// Numbers within which the walk is.
        var inside: Set<PickleLabel> = []
        /// Begins a value that is made of others; gives one that is not.
        func begin(_ value: PickleValue) -> PickleValue? {
            var value = value
            while true {
                switch value {
                case .labelled(let label, let inner):
                    guard kept.contains(label) else {
                        value = inner
                        continue
                    }
                    let number = PickleLabel(rawValue: count)
                    count += 1
                    numbers[label] = number
                    inside.insert(number)
                    frames.append(Frame(value: .labelled(number, .none), children: [inner]))
                    return nil
                case .reference(let label):
                    // Outside of itself it is written out; a cycle with a label of its own each time.
                    if expands, let definition = definitions[label], definition.reach == Self.closed,
                        !kept.contains(label) || !(numbers[label].map { inside.contains($0) } ?? false)
                    {
                        value = kept.contains(label) ? .labelled(label, definition.value) : definition.value
                        continue
                    }
                    return .reference(numbers[label] ?? label)
                default:
                    if value.isLeaf { return value }
                    frames.append(Frame(value: value, children: value.children))
                    return nil
                }
            }
        }
        if let leaf = begin(tree) { return leaf }
        while true {
            let top = frames.count - 1
            if frames[top].next < frames[top].children.count {
                if let known = begin(frames[top].children[frames[top].next]) {
                    frames[top].children[frames[top].next] = known
                    frames[top].next += 1
                }
            } else {
                let frame = frames.removeLast()
                if case .labelled(let number, _) = frame.value { inside.remove(number) }
                let made = frame.value.with(children: frame.children)
                guard top > 0 else { return made }
                frames[top - 1].children[frames[top - 1].next] = made
                frames[top - 1].next += 1
            }
        }
    }
}

extension PickleValue {
    /// The same value with everything that it shares written out wherever it stands, and labels only where a cycle needs
    /// them. Of a value that would become sixteen times as large, and not small, or too deep, nothing is written out.
    public var expanded: PickleValue {
        var isShared = false
        visitAll { value in
            if case .labelled = value { isShared = true }
            return !isShared
        }
        return isShared ? PickleSharing(self).written(self, times: 16, depth: PickleLimits().depth) : self
    }
}
