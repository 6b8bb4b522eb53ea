/// What becomes of the lines of one text in another.
struct LineDiff {
    /// One line of either text.
    enum Line: Equatable {
        case kept(Substring)
        case removed(Substring)
        case added(Substring)
    }

    /// Some changed lines with those around them.
    struct Hunk: Equatable {
        /// The first line in the old text, from 1; 0 where that has no line there.
        var oldStart: Int
        var oldCount: Int
        var newStart: Int
        var newCount: Int
        var lines: [Line]
    }

    /// All lines, those that only one text has included.
    let lines: [Line]

    /// Above so many lines between two that both texts have once, they are told as replaced as a whole: comparing them each with
    /// each would take their product in time and memory.
    private static let largestGap = 3000

    /// Compares two texts line by line; a last line without its end differs from one with it.
    init(_ old: String, _ new: String) {
        var lines: [Line] = []
        Self.compare(Self.split(old)[...], Self.split(new)[...], into: &lines)
        self.lines = lines
    }

    /// The changes, each with so many unchanged lines before and after it.
    func hunks(context: Int = 3) -> [Hunk] {
        var hunks: [Hunk] = []
        var (old, new) = (1, 1)
        var pending: [Line] = []
        var current: Hunk?
        func begin() -> Hunk {
            let before = Array(pending.suffix(context))
            return Hunk(
                oldStart: old - before.count, oldCount: before.count, newStart: new - before.count,
                newCount: before.count, lines: before)
        }
        for line in lines {
            if case .kept = line {
                pending.append(line)
                if var hunk = current, pending.count > 2 * context {
                    hunk.add(pending.prefix(context))
                    hunks.append(hunk)
                    current = nil
                }
            } else {
                var hunk = current ?? begin()
                if current != nil { hunk.add(pending[...]) }
                pending = []
                hunk.add([line])
                current = hunk
            }
            if !line.isAdded { old += 1 }
            if !line.isRemoved { new += 1 }
        }
        if var hunk = current {
            hunk.add(pending.prefix(context))
            hunks.append(hunk)
        }
        return hunks.map(\.numbered)
    }

    /// Lines with their ends.
    private static func split(_ text: String) -> [Substring] {
        var lines: [Substring] = []
        var start = text.startIndex
        let bytes = text.utf8
        while start < text.endIndex {
            let end = bytes[start...].firstIndex(of: 0x0A).map { bytes.index(after: $0) } ?? text.endIndex
            lines.append(text[start..<end])
            start = end
        }
        return lines
    }

    private static func compare(_ old: ArraySlice<Substring>, _ new: ArraySlice<Substring>, into lines: inout [Line]) {
        var (old, new) = (old, new)
        while let first = old.first, let other = new.first, first == other {
            lines.append(.kept(first))
            old.removeFirst()
            new.removeFirst()
        }
        var tail: [Line] = []
        while let last = old.last, let other = new.last, last == other {
            tail.append(.kept(last))
            old.removeLast()
            new.removeLast()
        }
        if old.count + new.count <= largestGap {
            compareEach(old, new, into: &lines)
        } else {
            let anchors = anchors(old, new)
            for (oldPlace, newPlace) in anchors {
                compareGap(old[old.startIndex..<oldPlace], new[new.startIndex..<newPlace], into: &lines)
                lines.append(.kept(old[oldPlace]))
                old = old[(oldPlace + 1)...]
                new = new[(newPlace + 1)...]
            }
            compareGap(old, new, into: &lines)
        }
        lines += tail.reversed()
    }

    private static func compareGap(
        _ old: ArraySlice<Substring>, _ new: ArraySlice<Substring>, into lines: inout [Line]
    ) {
        if old.count + new.count <= largestGap {
            compareEach(old, new, into: &lines)
        } else {
            lines += old.map(Line.removed) + new.map(Line.added)
        }
    }

    private static func compareEach(
        _ old: ArraySlice<Substring>, _ new: ArraySlice<Substring>, into lines: inout [Line]
    ) {
        let difference = Array(new).difference(from: Array(old))
        let removed = Set(difference.removals.map(place))
        let added = Set(difference.insertions.map(place))
        var place = 0
        func addNew(_ lines: inout [Line]) {
            while added.contains(place) {
                lines.append(.added(new[new.startIndex + place]))
                place += 1
            }
        }
        for (offset, line) in old.enumerated() {
            if removed.contains(offset) {
                lines.append(.removed(line))
            } else {
                addNew(&lines)
                lines.append(.kept(line))
                place += 1
            }
        }
        addNew(&lines)
    }

    private static func place(_ change: CollectionDifference<Substring>.Change) -> Int {
        switch change {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }

    /// Places of lines that both texts have just once, as many as stand in the same order in both (patience diff).
    private static func anchors(
        _ old: ArraySlice<Substring>, _ new: ArraySlice<Substring>
    ) -> [(old: Int, new: Int)] {
        let (inOld, inNew) = (single(old), single(new))
        let pairs = old.indices.compactMap { place in
            inOld[old[place]] == place ? inNew[old[place]].flatMap { $0 < 0 ? nil : (old: place, new: $0) } : nil
        }
        // The longest run of rising places in the new text: `piles[n]` ends the best run of n + 1.
        var piles: [Int] = []
        var before: [Int?] = Array(repeating: nil, count: pairs.count)
        for (index, pair) in pairs.enumerated() {
            var (low, high) = (0, piles.count)
            while low < high {
                let middle = (low + high) / 2
                if pairs[piles[middle]].new < pair.new { low = middle + 1 } else { high = middle }
            }
            before[index] = low > 0 ? piles[low - 1] : nil
            if low < piles.count { piles[low] = index } else { piles.append(index) }
        }
        var run: [(old: Int, new: Int)] = []
        var next = piles.last
        while let index = next {
            run.append(pairs[index])
            next = before[index]
        }
        return run.reversed()
    }

    /// Where each line stands; -1 for one that is there more than once.
    private static func single(_ lines: ArraySlice<Substring>) -> [Substring: Int] {
        Dictionary(lines.indices.map { (lines[$0], $0) }) { _, _ in -1 }
    }
}

extension LineDiff.Line {
    fileprivate var isAdded: Bool { if case .added = self { true } else { false } }
    fileprivate var isRemoved: Bool { if case .removed = self { true } else { false } }
}

extension LineDiff.Hunk {
    fileprivate mutating func add(_ lines: some Sequence<LineDiff.Line>) {
        for line in lines {
            self.lines.append(line)
            if !line.isAdded { oldCount += 1 }
            if !line.isRemoved { newCount += 1 }
        }
    }

    /// As `diff -u` counts: where a text has no line, its start is the line before.
    fileprivate var numbered: LineDiff.Hunk {
        var hunk = self
        if hunk.oldCount == 0 { hunk.oldStart -= 1 }
        if hunk.newCount == 0 { hunk.newStart -= 1 }
        return hunk
    }
}
