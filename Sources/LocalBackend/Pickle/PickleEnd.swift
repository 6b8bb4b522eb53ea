internal import Bytes
internal import Pickle

/// How much of an experiment a pickle has.
struct PickleCoverage: Equatable {
    /// The index whose entries it has; see ``IndexHeader/building``.
    var building: UInt64 = 0
    /// How much of the journal.
    var journal: Int64 = 0
    /// How many bytes of the index's entries.
    var entries: Int64 = 0
    /// How long the pickle was when it was last written whole.
    var base: Int64 = 0
}

/// The last instructions of a pickle of ours: a text that loading drops, which says what the pickle covers and the
/// SHA-256 of all bytes before the digits, then STOP.
///
/// So whatever Python makes of the file is never taken for ours, whoever copies it or puts it back, and how far it got is
/// known from the file alone. Each end has the same length; one that was gone on behind has MARK in its STOP's place.
struct PickleEnd {
    private static let mark = "trialwatch "
    private static let sumMark = " sha256:"
    /// The instruction BINUNICODE with the text's length, and the text's beginning, by which an end is looked for.
    static let beginning = Array(blank.prefix(5 + mark.utf8.count))
    /// BINUNICODE and the text up to the digits: what the digest covers too.
    private static let headWidth = 5 + text("", PickleCoverage()).utf8.count
    static let width = blank.count
    private static let blankSum = String(repeating: "0", count: 2 * SHA256.byteCount)
    private static let blank = instructions(text(blankSum, PickleCoverage()))

    let coverage: PickleCoverage
    /// All bytes.
    let bytes: [UInt8]
    /// Whether nothing follows; else the pickle goes on.
    let isLast: Bool

    /// From the digits on, as it is once the pickle goes on behind.
    private var tail: [UInt8] { bytes[Self.headWidth...].dropLast() + [PickleWriter.continuation] }

    /// The end of a pickle whose bytes before it have gone into a digest; takes the end itself in, as it will be once the
    /// pickle goes on.
    init(_ coverage: PickleCoverage, closing digest: inout DigestContext<SHA256>) {
        self.coverage = coverage
        isLast = true
        digest.update(Array(Self.instructions(Self.text(Self.blankSum, coverage))[..<Self.headWidth]))
        let sum = digest.copy().finish().hex
        bytes = Self.instructions(Self.text(sum, coverage))
        digest.update(tail)
    }

    /// Reads the end of a pickle whose bytes before it have gone into a digest; nil when it is none. The digest takes it in.
    init?(_ bytes: [UInt8], closing digest: inout DigestContext<SHA256>) {
        guard bytes.count == Self.width, bytes.starts(with: Self.beginning) else { return nil }
        let fields = String(decoding: bytes[Self.beginning.count..<Self.headWidth], as: UTF8.self)
        let numbers = fields.split(separator: " ").prefix(4).compactMap { UInt64($0, radix: 16) }
        guard numbers.count == 4 else { return nil }
        let lengths = numbers.dropFirst().compactMap { Int64(exactly: $0) }
        guard lengths.count == 3 else { return nil }
        let coverage = PickleCoverage(
            building: numbers[0], journal: lengths[0], entries: lengths[1], base: lengths[2])
        digest.update(Array(bytes[..<Self.headWidth]))
        let sum = digest.copy().finish().hex
        let expected = Self.instructions(Self.text(sum, coverage))
        guard bytes.dropLast() == expected.dropLast() else { return nil }
        switch bytes.last {
        case expected.last: isLast = true
        case PickleWriter.continuation: isLast = false
        default: return nil
        }
        self.coverage = coverage
        self.bytes = bytes
        digest.update(tail)
    }

    private static func text(_ sum: String, _ coverage: PickleCoverage) -> String {
        let numbers = [
            coverage.building, UInt64(coverage.journal), UInt64(coverage.entries), UInt64(coverage.base),
        ]
        return mark + numbers.map(digits).joined(separator: " ") + sumMark + sum
    }

    private static func digits(_ number: UInt64) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }

    private static func instructions(_ text: String) -> [UInt8] {
        var writer = PickleWriter.fragment()
        writer.comment(text)
        writer.finish()
        return writer.bytes
    }
}
