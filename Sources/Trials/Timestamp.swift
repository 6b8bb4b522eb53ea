/// A moment, together with what the clocks on the wall showed there.
public struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Nanoseconds since 1970-01-01 00:00 UTC.
    public let nanoseconds: Int
    /// Seconds by which local time was ahead of UTC.
    public let offset: Int

    /// A moment by the Unix clock, with the local offset from UTC in seconds, of less than a day.
    public init(nanoseconds: Int, offset: Int = 0) {
        self.nanoseconds = nanoseconds
        self.offset = Self.withinDay(offset)
    }

    /// A moment by what the clocks on the wall showed, as nanoseconds since their 1970; the nearest that can be said.
    public init(local nanoseconds: Int, offset: Int) {
        self.init(nanoseconds: nanoseconds.subtractingAtMost(Self.withinDay(offset) * 1_000_000_000), offset: offset)
    }

    private static func withinDay(_ offset: Int) -> Int { min(max(offset, -86_399), 86_399) }

    /// The moment that lies so much earlier; the nearest that can be said.
    public func before(_ span: Duration) -> Timestamp {
        Timestamp(nanoseconds: nanoseconds.subtractingAtMost(span.wholeNanoseconds), offset: offset)
    }

    /// By moment; the offset does not matter.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The time that passed since an earlier moment.
    public func since(_ earlier: Timestamp) -> Duration {
        .nanoseconds(nanoseconds) - .nanoseconds(earlier.nanoseconds)
    }

    /// ISO 8601 with the offset: `2026-11-23T22:21:14.123456789+01:00`; as many digits of a second as are not zero.
    public var description: String {
        local + (offset == 0 ? "Z" : Self.sign(offset))
    }

    /// ISO 8601 local time without offset, as pandas reads a naive Timestamp: `2026-11-23T22:21:14.123456`.
    public var local: String {
        let (seconds, fraction) = nanoseconds.quotientAndRemainder(roundingDown: 1_000_000_000)
        let (days, second) = (seconds + offset).quotientAndRemainder(roundingDown: 86_400)
        let date = CivilDate(daysSince1970: days)
        if (0...9999).contains(date.year) { return Self.text(date, second, fraction) }
        var text =
            "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
            + "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        if fraction > 0 {
            var digits = padded(fraction, 9)
            while digits.hasSuffix("0") { digits.removeLast() }
            text += "." + digits
        }
        return text
    }

    /// A series of a million points has as many times.
    private static func text(_ date: CivilDate, _ second: Int, _ fraction: Int) -> String {
        String(unsafeUninitializedCapacity: 29) { buffer in
            var count = 0
            func add(_ number: Int, _ width: Int, after mark: Character? = nil) {
                if let mark = mark?.asciiValue {
                    buffer[count] = mark
                    count += 1
                }
                var rest = number
                for place in (count..<(count + width)).reversed() {
                    buffer[place] = UInt8(0x30 + rest % 10)
                    rest /= 10
                }
                count += width
            }
            add(date.year, 4)
            add(date.month, 2, after: "-")
            add(date.day, 2, after: "-")
            add(second / 3600, 2, after: "T")
            add(second / 60 % 60, 2, after: ":")
            add(second % 60, 2, after: ":")
            guard fraction > 0 else { return count }
            add(fraction, 9, after: ".")
            while buffer[count - 1] == 0x30 { count -= 1 }
            return count
        }
    }

    /// `2026-11-23 22:21:14`, local, for people.
    public var brief: String {
        String(local.prefix { $0 != "." }.map { $0 == "T" ? " " : $0 })
    }

    private static func sign(_ offset: Int) -> String {
        "\(offset < 0 ? "-" : "+")\(padded(abs(offset) / 3600, 2)):\(padded(abs(offset) / 60 % 60, 2))"
    }
}

/// As its ISO 8601 text.
extension Timestamp: Codable {
    /// Reads ISO 8601 with an offset.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let parsed = Timestamp(iso8601: text, years: Self.sayable, localOffset: { _ in 0 }) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO 8601 time: \(text)")
        }
        self = parsed
    }

    /// The years of 64 bits of nanoseconds: a file may have any time.
    private static var sayable: ClosedRange<Int> { 1677...2262 }

    /// Writes `description`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Timestamp {
    /// Reads `2026-11-23`, `2026-11-23T22:21`, `… 22:21:14.5`, each with `Z`, `+01:00`, `+0100` or no offset; nil for other text.
    ///
    /// By default years from 1900 to 2200, of what people write; of others, a moment beyond the first or last that can be said is
    /// that.
    /// Without an offset the time is local: `localOffset` is asked, with seconds since 1970 as if they were UTC.
    public init?(iso8601 text: String, years: ClosedRange<Int> = 1900...2200, localOffset: (Int) -> Int) {
        var rest = Substring(text)
        guard let year = rest.takeDigits(4), years.contains(year), rest.take("-"),
            let month = rest.takeDigits(2), rest.take("-"),
            let day = rest.takeDigits(2), let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        var second = 0
        var fraction = 0
        if rest.take("T") || rest.take("t") || rest.take(" ") {
            guard let hours = rest.takeDigits(2), hours < 24, rest.take(":"), let minutes = rest.takeDigits(2),
                minutes < 60
            else { return nil }
            second = hours * 3600 + minutes * 60
            if rest.take(":") {
                guard let seconds = rest.takeDigits(2), seconds <= 60 else { return nil }
                second += seconds
                if rest.take(".") || rest.take(",") {
                    guard let digits = rest.takeFraction() else { return nil }
                    fraction = digits
                }
            }
        }
        let seconds = date.daysSince1970 * 86_400 + second
        guard let offset = rest.isEmpty ? localOffset(seconds) : rest.takeOffset(), rest.isEmpty else { return nil }
        // Of a first second a part may be sayable, of a last one the rest not.
        let (whole, isFar) = (seconds - offset).multipliedReportingOverflow(by: 1_000_000_000)
        let moment = isFar ? (seconds < 0 ? .min : .max) : whole.subtractingAtMost(-fraction)
        self.init(nanoseconds: moment, offset: offset)
    }
}

extension Substring {
    fileprivate mutating func take(_ character: Character) -> Bool {
        guard first == character else { return false }
        removeFirst()
        return true
    }

    fileprivate mutating func takeDigits(_ count: Int) -> Int? {
        let digits = prefix(count)
        guard digits.utf8.count == count, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        removeFirst(count)
        return Int(digits)
    }

    fileprivate mutating func takeFraction() -> Int? {
        let digits = prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        removeFirst(digits.count)
        return Int((digits + "000000000").prefix(9))
    }

    fileprivate mutating func takeOffset() -> Int? {
        _ = take(" ")
        if take("Z") || take("z") { return 0 }
        let isWest = first == "-"
        guard take("+") || take("-"), let hours = takeDigits(2), hours < 24 else { return nil }
        _ = take(":")
        let minutes = isEmpty ? 0 : takeDigits(2)
        guard let minutes, minutes < 60 else { return nil }
        return (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
}
