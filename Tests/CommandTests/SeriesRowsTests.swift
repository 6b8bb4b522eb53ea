import Testing
import Trials

@testable import Trialwatch

@Suite struct SeriesRowsTests {
    private static let cases: [(series: [[Int]], rows: [String])] = [
        ([[0, 1, 2]], ["0:a", "1:b", "2:c"]),
        ([[0, 1, 2], [1, 2, 3]], ["0:a-", "1:ba", "2:cb", "3:-c"]),
        // Repeated: the second of one goes with the second of the other.
        ([[0, 0, 1], [0, 1]], ["0:aa", "0:b-", "1:cb"]),
        ([[0, 0], [0, 0]], ["0:aa", "0:bb"]),
        // Going back: a lower epoch is next as soon as it is there.
        ([[5, 0, 1], [0, 1, 5]], ["0:-a", "1:-b", "5:ac", "0:b-", "1:c-"]),
        ([[0, 1, 0, 1], [0, 1, 2, 3]], ["0:aa", "1:bb", "0:c-", "1:d-", "2:-c", "3:-d"]),
        ([[], [7]], ["7:-a"]), ([[], []], []), ([[-3, -1], [-2]], ["-3:a-", "-2:-a", "-1:b-"]),
    ]

    @Test(arguments: cases)
    func `rows follow the epochs, and each series keeps its order`(series: [[Int]], expected: [String]) async throws {
        let experiment = try #require(Experiment.ID("resnet"))
        let reader = SeriesReader(
            series: Dictionary(
                uniqueKeysWithValues: series.enumerated().map { number, epochs in
                    (
                        number + 1,
                        epochs.enumerated().map {
                            MetricPoint(epoch: $1, value: .integer($0), recorded: noon)
                        }
                    )
                }))
        // A page of 16 points each, so that longer series cross from one to the next.
        var rows = SeriesRows(
            series.indices.map {
                SeriesCursor(
                    "loss", of: TrialReference(experiment: experiment, number: $0 + 1), from: reader,
                    sharingMemoryWith: 1 << 20)
            })
        var found: [String] = []
        while let row = try await rows.next() {
            let letters = row.values.map { value in
                guard case .integer(let place)? = value else { return "-" }
                return String(UnicodeScalar(UInt8(ascii: "a") + UInt8(place)))
            }
            found.append("\(row.epoch):\(letters.joined())")
        }
        #expect(found == expected)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 32, 1000])
    func `series of any length are read to their end`(count: Int) async throws {
        let points = (0..<count).map { MetricPoint(epoch: $0, value: .integer($0), recorded: noon) }
        let trial = TrialReference(experiment: try #require(Experiment.ID("resnet")), number: 1)
        var cursor = SeriesCursor(
            "loss", of: trial, from: SeriesReader(series: [1: points]), sharingMemoryWith: 1 << 20)
        var found: [MetricPoint] = []
        try await cursor.forEach { found.append($0) }
        #expect(found == points)
    }

    @Test(arguments: [0, 1, 2, 5, 6, 7, 40, 41, 1000, 1024, 1025])
    func `of a long sequence evenly many stay, the first and the last among them`(count: Int) {
        var kept = EvenlyKept<Int>(most: 5)
        for number in 0..<count { kept.add(number) }
        let elements = kept.elements
        #expect(elements.count <= 6)
        #expect(elements.first == (count > 0 ? 0 : nil))
        #expect(elements.last == (count > 0 ? count - 1 : nil))
        #expect(elements.dropLast().allSatisfy { $0 % kept.stride == 0 })
        #expect(kept.count == count)
        #expect(count > 5 || elements == Array(0..<count))
        #expect(elements == elements.sorted())
    }
}

/// Series at hand, read in ranges.
private struct SeriesReader: TrialReader {
    var series: [Int: [MetricPoint]]

    func series(
        _ name: String, of reference: TrialReference, range: Range<Int>?, atMost most: Int?
    ) async throws(StoreError) -> MetricSeries? {
        let points = series[reference.number] ?? []
        return MetricSeries(
            name: name, count: points.count,
            points: Array(points[(range ?? 0..<points.count).clamped(to: 0..<points.count)]))
    }

    func experiments() async throws(StoreError) -> [Experiment] { [] }
    func trials(
        _ query: History.Query, after cursor: History.Cursor?, limit: Int
    ) async throws(StoreError) -> History.Page { History.Page(rows: [], next: nil) }
    func trial(_ reference: TrialReference) async throws(StoreError) -> StoredTrial? { nil }
    func part(_ part: PartReference, of reference: TrialReference) async throws(StoreError) -> [UInt8]? { nil }
    func text(_ category: EnvironmentCategory, of reference: TrialReference) async throws(StoreError) -> String? { nil }
    func deletions(in experiment: Experiment.ID) async throws(StoreError) -> [DeletedRun] { [] }
    func changes(after cursor: ChangeCursor?, limit: Int) async throws(StoreError) -> ChangePage {
        ChangePage(references: [], next: ChangeCursor(""))
    }
}
