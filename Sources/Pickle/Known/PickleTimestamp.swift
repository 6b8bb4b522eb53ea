/// A `pandas.Timestamp`.
public struct PickleTimestamp: Equatable, Sendable {
    /// Nanoseconds since 1970: UTC's when there is a zone, else as if the clock that showed them ran in UTC.
    public let nanoseconds: Int
    /// Nil for naive time.
    public let zone: PickleZone?
}

extension PickleValue {
    /// The `pandas.Timestamp` that this is, in whichever form; nil for NaT.
    public var timestamp: PickleTimestamp? {
        guard let call, call.state == nil, call.module == "pandas", let first = call.arguments.first else { return nil }
        let unit: Int
        switch (call.name, call.arguments.count) {
        case ("Timestamp", 1...3):
            if case .string(let text) = first.unlabelled {
                return call.arguments.count == 1 ? PickleTimestamp(text) : nil
            }
            unit = 1
        case ("_unpickle_timestamp", 3): unit = 1
        case ("_unpickle_timestamp", 4):
            guard let known = Self.nanoseconds(unit: call.arguments[3]) else { return nil }
            unit = known
        default: return nil
        }
        guard let count = first.machineWord, let nanoseconds = Self.nanoseconds(count, unit) else { return nil }
        let zone = call.arguments.count > 2 ? call.arguments[2].unlabelled : .none
        return PickleTimestamp(nanoseconds: nanoseconds, zone: zone == .none ? nil : PickleZone(zone))
    }

    /// The nanoseconds of the `pandas.Timedelta` that this is, in whichever form; nil for NaT.
    public var timedelta: Int? {
        guard let call, call.state == nil, call.module == "pandas", let count = call.arguments.first?.machineWord else {
            return nil
        }
        switch (call.name, call.arguments.count) {
        case ("Timedelta", 1), ("_timedelta_unpickle", 1): return Self.nanoseconds(count, 1)
        case ("_timedelta_unpickle", 2):
            return Self.nanoseconds(unit: call.arguments[1]).flatMap { Self.nanoseconds(count, $0) }
        default: return nil
        }
    }

    /// Whether this is `pandas.NaT`.
    public var isNotATime: Bool {
        if case .global("pandas", "NaT") = unlabelled { return true }
        guard let call else { return false }
        return (call.module, call.name) == ("pandas", "_nat_unpickle")
    }

    /// numpy's numbers of units.
    private static func nanoseconds(unit: PickleValue) -> Int? {
        switch unit.machineWord {
        case 7: 1_000_000_000
        case 8: 1_000_000
        case 9: 1000
        case 10: 1
        default: nil
        }
    }

    /// Nil for NaT, and when 64 bits do not hold them.
    static func nanoseconds(_ count: Int, _ unit: Int) -> Int? {
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow || count == Int.min ? nil : product
    }
}

extension PickleTimestamp {
    /// From ISO 8601 as we write it: a date, or a date and a time, with `Z`, `+01:00` or nothing after it.
    init?(_ text: String) {
        var rest = text.utf8[...]
        func digits(_ count: Int) -> Int? {
            let digits = rest.prefix(count)
            guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            rest = rest.dropFirst(count)
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        func take(_ characters: String) -> Bool {
            guard let first = rest.first, characters.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2),
            let date = PickleDate(year: year, month: month, day: day)
        else { return nil }
        var seconds = 0
        var fraction = 0
        if take("T ") {
            guard let hour = digits(2), hour < 24, take(":"), let minute = digits(2), minute < 60 else { return nil }
            seconds = (hour * 60 + minute) * 60
            if take(":") {
                guard let second = digits(2), second < 60 else { return nil }
                seconds += second
                if take(".") {
                    var places = 0
                    while places < 9, let digit = digits(1) {
                        fraction = fraction * 10 + digit
                        places += 1
                    }
                    guard places > 0 else { return nil }
                    for _ in places..<9 { fraction *= 10 }
                }
            }
        }
        var zone: PickleZone?
        if take("Z") {
            zone = .utc
        } else if let sign = rest.first, take("+-") {
            guard let hours = digits(2), hours < 24 else { return nil }
            _ = take(":")
            guard let minutes = rest.isEmpty ? 0 : digits(2), minutes < 60 else { return nil }
            let offset = (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes) * 60
            seconds -= offset
            zone = offset == 0 ? .utc : .fixed(offset)
        }
        guard rest.isEmpty, let whole = PickleValue.nanoseconds(date.daysSince1970 * 86_400 + seconds, 1_000_000_000)
        else { return nil }
        let (sum, overflow) = whole.addingReportingOverflow(fraction)
        if overflow { return nil }
        self.init(nanoseconds: sum, zone: zone)
    }
}
