/// A `datetime.date`.
public struct PickleDate: Hashable, Sendable {
    /// From 1 to 9999.
    public let year: Int
    /// From 1.
    public let month: Int
    /// From 1.
    public let day: Int

    /// Nil for a day that the calendar does not have.
    public init?(year: Int, month: Int, day: Int) {
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...9999).contains(year), (1...12).contains(month), (1...lengths[month - 1]).contains(day) else {
            return nil
        }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// `2019-02-03`.
    public var text: String { "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))" }

    /// Days since 1970-01-01.
    public var daysSince1970: Int {
        // Years are counted from March, so that the leap day is a year's last.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// A `datetime.time`.
public struct PickleTime: Hashable, Sendable {
    /// From 0.
    public let hour: Int
    /// From 0.
    public let minute: Int
    /// From 0.
    public let second: Int
    /// From 0.
    public let microsecond: Int
    /// Whether it is the second of two equal times when the clocks go back.
    public let isFold: Bool

    /// `04:05:06.000789`, as `isoformat()` writes it.
    public var text: String {
        let whole = "\(PickleDate.padded(hour, 2)):\(PickleDate.padded(minute, 2)):\(PickleDate.padded(second, 2))"
        return microsecond == 0 ? whole : whole + "." + PickleDate.padded(microsecond, 6)
    }

    /// From hours, minutes, seconds and three bytes of microseconds.
    init?(_ bytes: ArraySlice<UInt8>, isFold: Bool) {
        let bytes = bytes.map { Int($0) }
        guard bytes.count == 6, bytes[0] < 24, bytes[1] < 60, bytes[2] < 60 else { return nil }
        let microsecond = bytes[3] << 16 | bytes[4] << 8 | bytes[5]
        guard microsecond < 1_000_000 else { return nil }
        (hour, minute, second, self.microsecond, self.isFold) = (bytes[0], bytes[1], bytes[2], microsecond, isFold)
    }

    var nanoseconds: Int { ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + microsecond * 1000 }
}

/// A `datetime.datetime`.
public struct PickleDateTime: Equatable, Sendable {
    /// Its day.
    public let date: PickleDate
    /// Its time.
    public let time: PickleTime
    /// Nil for naive time.
    public let zone: PickleZone?

    /// `2019-02-03T04:05:06.789000`, with `+05:30` after it when its zone is known.
    public var text: String { date.text + "T" + time.text + (zone?.text ?? "") }

    /// Nanoseconds since 1970 as if its clock ran in UTC; nil when 64 bits do not hold them.
    public var nanoseconds: Int? {
        let (days, isTooLong) = date.daysSince1970.multipliedReportingOverflow(by: 86_400_000_000_000)
        let (sum, overflow) = days.addingReportingOverflow(time.nanoseconds)
        return isTooLong || overflow ? nil : sum
    }
}

/// A time zone, as far as a pickle tells.
public enum PickleZone: Equatable, Sendable {
    case utc
    /// Seconds ahead of UTC, always.
    case fixed(Int)
    /// One whose rules the pickle does not hold.
    case other(PickleValue)

    /// `+00:00`; nil for a zone whose rules are not known.
    public var text: String? {
        switch self {
        case .utc: return "+00:00"
        case .fixed(let seconds):
            let magnitude = Int(clamping: seconds.magnitude)
            let text =
                (seconds < 0 ? "-" : "+") + PickleDate.padded(magnitude / 3600, 2) + ":"
                + PickleDate.padded(magnitude / 60 % 60, 2)
            return magnitude % 60 == 0 ? text : text + ":" + PickleDate.padded(magnitude % 60, 2)
        case .other: return nil
        }
    }

    init(_ value: PickleValue) {
        self = .other(value)
        if case .global("pytz", "UTC") = value.unlabelled { self = .utc }
        guard let call = value.call, call.state == nil || call.arguments.isEmpty else { return }
        switch (call.module, call.name) {
        case ("pytz", "_UTC"), ("dateutil.tz.tz", "tzutc"), ("dateutil.tz", "tzutc"): self = .utc
        case ("datetime", "timezone"):
            guard let difference = call.arguments.first?.difference,
                difference.magnitude < 86_400_000_000_000, difference % 1_000_000_000 == 0
            else { return }
            self = difference == 0 ? .utc : .fixed(difference / 1_000_000_000)
        default: break
        }
    }
}

extension PickleValue {
    /// The `datetime.datetime` that this is.
    public var dateTime: PickleDateTime? {
        guard let call, call.state == nil, (call.module, call.name) == ("datetime", "datetime"),
            (1...2).contains(call.arguments.count), var bytes = call.arguments[0].octetsOrText, bytes.count == 10
        else { return nil }
        let isFold = bytes[2] & 0x80 != 0
        bytes[2] &= 0x7F
        guard let date = Self.date(bytes[..<4]), let time = PickleTime(bytes[4...], isFold: isFold) else { return nil }
        return PickleDateTime(date: date, time: time, zone: call.arguments.dropFirst().first.map { PickleZone($0) })
    }

    /// The `datetime.date` that this is.
    public var date: PickleDate? {
        guard let call, call.state == nil, (call.module, call.name) == ("datetime", "date"),
            call.arguments.count == 1, let bytes = call.arguments[0].octetsOrText
        else { return nil }
        return Self.date(bytes[...])
    }

    /// The naive `datetime.time` that this is.
    public var time: PickleTime? {
        guard let call, call.state == nil, (call.module, call.name) == ("datetime", "time"),
            call.arguments.count == 1, var bytes = call.arguments[0].octetsOrText, !bytes.isEmpty
        else { return nil }
        let isFold = bytes[0] & 0x80 != 0
        bytes[0] &= 0x7F
        return PickleTime(bytes[...], isFold: isFold)
    }

    /// The nanoseconds of the `datetime.timedelta` that this is; nil when 64 bits do not hold them.
    public var difference: Int? {
        guard let call, call.state == nil, (call.module, call.name) == ("datetime", "timedelta"),
            call.arguments.count <= 3
        else { return nil }
        var sum = 0
        for (argument, unit) in zip(call.arguments, [86_400_000_000_000, 1_000_000_000, 1000]) {
            guard let count = argument.machineWord else { return nil }
            let (product, isTooLong) = count.multipliedReportingOverflow(by: unit)
            let (next, overflow) = sum.addingReportingOverflow(product)
            if isTooLong || overflow { return nil }
            sum = next
        }
        return sum
    }

    private static func date(_ bytes: ArraySlice<UInt8>) -> PickleDate? {
        let bytes = bytes.map { Int($0) }
        guard bytes.count == 4 else { return nil }
        return PickleDate(year: bytes[0] << 8 | bytes[1], month: bytes[2], day: bytes[3])
    }
}
