internal import Trials

/// Several series side by side, a row an epoch, in the memory of a page of each.
///
/// Of the points that come next in each series those with the lowest epoch make the next row. So every series keeps its
/// own order, and one that repeats an epoch, or goes back to an earlier one, gets a row of its own for it.
struct SeriesRows {
    /// One epoch: of each series the value there, or nothing.
    struct Row: Hashable, Sendable {
        var epoch: Int
        var values: [MetricValue?]
    }

    private var cursors: [SeriesCursor]

    init(_ cursors: [SeriesCursor]) {
        self.cursors = cursors
    }

    /// The next row; nil after the last.
    mutating func next() async throws(CommandFailure) -> Row? {
        var lowest: Int?
        for index in cursors.indices {
            if cursors[index].needsPage { try await cursors[index].readPage() }
            guard let epoch = cursors[index].head?.epoch else { continue }
            lowest = min(lowest ?? epoch, epoch)
        }
        guard let lowest else { return nil }
        var values = [MetricValue?](repeating: nil, count: cursors.count)
        for index in cursors.indices {
            guard let head = cursors[index].head, head.epoch == lowest else { continue }
            values[index] = head.value
            cursors[index].advance()
        }
        return Row(epoch: lowest, values: values)
    }
}

/// Every so many of a sequence whose length is not known, with the last one: at most so many, and the one more.
struct EvenlyKept<Element> {
    private let most: Int
    private var last: Element?
    private var kept: [Element] = []
    /// One of so many is kept.
    private(set) var stride = 1
    /// How many there were.
    private(set) var count = 0

    init(most: Int) {
        self.most = max(2, most)
    }

    /// Takes the next one.
    mutating func add(_ element: Element) {
        last = element
        if count % stride == 0 {
            kept.append(element)
            if kept.count > most {
                kept = kept.indices.filter { $0 % 2 == 0 }.map { kept[$0] }
                stride *= 2
            }
        }
        count += 1
    }

    /// Those that were kept.
    var elements: [Element] {
        guard let last, count > 0, (count - 1) % stride != 0 else { return kept }
        return kept + [last]
    }
}
