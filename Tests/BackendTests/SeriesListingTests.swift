import Testing
import Trials

@testable import MongoBackend

/// What is done with daskperiment's document of a series in a MongoDB.
@Suite struct SeriesListingTests {
    private static func record(_ count: Int, listed: Int?, valid: Int) -> SeriesRecord {
        var record = SeriesRecord(name: "loss")
        let point = MetricPoint(epoch: 0, value: .integer(1), recorded: Timestamp(nanoseconds: 0))
        record.tail = [MetricPoint](repeating: point, count: count)
        record.listing = listed.map { SeriesRecord.Listing(revision: 1, count: $0, valid: valid) }
        return record
    }

    private static let cases: [(listed: Int?, valid: Int, count: Int, SeriesRecord.ListingChange)] = [
        (nil, 0, 5, .whole), (5, 5, 5, .nothing), (600, 600, 700, .append(from: 600, revision: 1)),
        (600, 550, 700, .splice(from: 550, revision: 1)), (600, 0, 700, .whole),
        // A list that has only the newest, before or afterwards.
        (150_000, 100_000, 100_000, .whole), (150_000, 100_000, 100_005, .whole), (150_000, 150_000, 200_000, .whole),
        (100_000, 100_000, 120_000, .whole), (110_000, 100_000, 100_005, .splice(from: 100_000, revision: 1)),
    ]

    @Test(arguments: cases)
    func `only what is new is written, where places in the list are those in the series`(
        listed: Int?, valid: Int, count: Int, expected: SeriesRecord.ListingChange
    ) {
        var record = Self.record(count, listed: listed, valid: valid)
        #expect(record.list(revision: 2, isEnded: true, anew: false) == expected)
    }
}
