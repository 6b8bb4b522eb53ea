internal import Trials

/// The points of one series in their order, read from the store a page at a time.
struct SeriesCursor {
    /// So many points of all series together are in memory, or ``leastPage`` of each.
    private static let mostPoints = 1 << 16
    private static let leastPage = 16

    let trial: TrialReference
    let name: String
    private let reader: any TrialReader
    private let pageSize: Int
    private var page: [MetricPoint] = []
    /// The place of `head` in the page.
    private var place = 0
    /// How many points of the series were read.
    private var read = 0
    private var isAtEnd = false

    /// The beginning of a series; `count` is how many are read side by side.
    init(_ name: String, of trial: TrialReference, from reader: any TrialReader, sharingMemoryWith count: Int = 1) {
        self.trial = trial
        self.name = name
        self.reader = reader
        pageSize = max(Self.leastPage, Self.mostPoints / max(1, count))
    }

    /// The next point; nil at the end, and where ``needsPage`` says that it is not read yet.
    var head: MetricPoint? { place < page.count ? page[place] : nil }

    /// Whether ``readPage()`` has to be called first.
    var needsPage: Bool { place == page.count && !isAtEnd }

    /// Goes on to the next point.
    mutating func advance() { place += 1 }

    /// Reads the next page; one that is not full is the last. A series that was cut meanwhile ends early.
    mutating func readPage() async throws(CommandFailure) {
        let range = read..<(read + pageSize)
        let series = try await reading { () throws(StoreError) in
            try await reader.series(name, of: trial, range: range, atMost: nil)
        }
        page = series?.points ?? []
        place = 0
        read += page.count
        isAtEnd = page.count < pageSize
    }

    /// Calls `body` with each point that is left.
    mutating func forEach(_ body: (MetricPoint) throws(CommandFailure) -> Void) async throws(CommandFailure) {
        while true {
            if needsPage { try await readPage() }
            guard let head else { return }
            try body(head)
            advance()
        }
    }
}
