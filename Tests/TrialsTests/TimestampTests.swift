import JSON
import Testing
import Trials

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, 0, "1970-01-01T00:00:00Z"),
        (1_550_000_000_123_456_000, 0, "2019-02-12T19:33:20.123456Z"),
        (1_550_000_000_000_000_001, 3600, "2019-02-12T20:33:20.000000001+01:00"),
        (951_782_400_000_000_000, -19_800, "2000-02-28T18:30:00-05:30"),
        (-1, 0, "1969-12-31T23:59:59.999999999Z"),
        (4_107_542_400_000_000_000, 0, "2100-03-01T00:00:00Z"),
    ])
    func `a moment is written with its offset, and read back as it was`(nanoseconds: Int, offset: Int, text: String) {
        let moment = Timestamp(nanoseconds: nanoseconds, offset: offset)
        #expect(moment.description == text)
        #expect(Timestamp(iso8601: text, localOffset: { _ in 99 }) == moment)
    }

    @Test(
        arguments: [Int.min, .min + 1, .min + 1_000_000_000, -1, 0, .max - 1_000_000_000, .max - 1, .max],
        [0, 3600, -43_200])
    func `the first and last moments that can be said are said, and read back to the second`(
        nanoseconds: Int, offset: Int
    ) throws {
        let moment = Timestamp(nanoseconds: nanoseconds, offset: offset)
        let text = try JSON.encode(moment)
        let back = try text.decode(Timestamp.self)
        #expect(abs(Double(back.nanoseconds) - Double(nanoseconds)) <= 1e9)
        #expect(back.offset == offset)
        #expect(moment.brief.count == 19)
    }

    @Test(arguments: [Int.min, .min + 1, 0, .max], [Int.min, -3600, 3600, .max])
    func `no moment, offset or span is too far to reckon with`(local: Int, offset: Int) {
        let moment = Timestamp(local: local, offset: offset)
        #expect(abs(moment.offset) < 86_400)
        #expect(moment.before(.nanoseconds(Int.max)) <= moment)
        #expect(moment.before(.nanoseconds(Int.min)) >= moment)
        #expect(!moment.description.isEmpty)
    }

    @Test func `a time without offset is local`() {
        let moment = Timestamp(iso8601: "2026-11-23 22:21", localOffset: { _ in 3600 })
        #expect(moment?.description == "2026-11-23T22:21:00+01:00")
        #expect(moment?.local == "2026-11-23T22:21:00")
        #expect(moment?.brief == "2026-11-23 22:21:00")
    }

    @Test(arguments: [
        "", "now", "2026", "2026-13-01", "2025-02-29", "2026-11-23T", "2026-11-23T25:00", "2026-11-23T22:21:14.",
        "2026-11-23T22:21:14+", "2026-11-23T22:21:14Zzz", "9999-11-23",
        "1899-12-31", "2201-01-01",
    ])
    func `what is no time is refused`(text: String) {
        #expect(Timestamp(iso8601: text, localOffset: { _ in 0 }) == nil)
    }
}
