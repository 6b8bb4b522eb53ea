internal import Trials

/// Numbers, sizes and times as people read them.
enum Phrases {
    /// `350 µs`, `12 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
    static func duration(_ duration: Duration) -> String {
        let nanoseconds = duration.wholeNanoseconds
        guard nanoseconds >= 0 else { return "-" + Self.duration(.zero - duration) }
        let seconds = nanoseconds / 1_000_000_000 + (nanoseconds % 1_000_000_000 < 500_000_000 ? 0 : 1)
        return switch nanoseconds {
        case ..<1_000_000: "\(nanoseconds / 1000) µs"
        case ..<100_000_000: "\(significant(Double(nanoseconds) / 1e6, 2)) ms"
        case ..<1_000_000_000: "\(nanoseconds / 1_000_000) ms"
        case ..<59_950_000_000: "\(tenths(nanoseconds)) s"
        default:
            switch seconds {
            case ..<3600: pair(seconds / 60, "min", seconds % 60, "s")
            case ..<86_400: pair(seconds / 3600, "h", seconds % 3600 / 60, "min")
            default: pair(seconds / 86_400, "d", seconds % 86_400 / 3600, "h")
            }
        }
    }

    /// `now`, `12 s ago`, `2 min ago`, `3 h ago`, `5 d ago`, then the day.
    static func ago(_ moment: Timestamp, now: Timestamp) -> String {
        let seconds = now.since(moment).wholeNanoseconds / 1_000_000_000
        return switch seconds {
        case ..<(-60): moment.brief
        case ..<2: "now"
        case ..<60: "\(seconds) s ago"
        case ..<3600: "\(seconds / 60) min ago"
        case ..<86_400: "\(seconds / 3600) h ago"
        case ..<(8 * 86_400): "\(seconds / 86_400) d ago"
        default: String(moment.brief.prefix(10))
        }
    }

    /// `512 B`, `1.5 KiB`, `31 GiB`.
    static func size(_ bytes: Int) -> String {
        var value = Double(bytes)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1023.5 { return unit == "B" ? "\(bytes) B" : "\(significant(value, 2)) \(unit)" }
            value /= 1024
        }
        return "\(significant(value, 2)) TiB"
    }

    /// `1 trial`, `3 trials`.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    /// A float with at most so many significant digits, and no more than it has: `0.9736842`, `1.5e-07`.
    static func significant(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        let exponent = decimalExponent(value.magnitude)
        guard (-5..<16).contains(exponent) else { return mantissa(value, exponent, digits) }
        return fixed(value, max(0, digits - 1 - exponent))
    }

    private static func mantissa(_ value: Double, _ exponent: Int, _ digits: Int) -> String {
        let text = value.description
        guard let e = text.firstIndex(of: "e"), let head = Double(text[..<e]) else { return text }
        return fixed(head, digits - 1) + text[e...]
    }

    private static func decimalExponent(_ magnitude: Double) -> Int {
        var exponent = 0
        var value = magnitude
        while value >= 10, exponent < 400 { (value, exponent) = (value / 10, exponent + 1) }
        while value < 1, exponent > -400 { (value, exponent) = (value * 10, exponent - 1) }
        return exponent
    }

    /// At most so many places after the point, zeros at the end left out.
    private static func fixed(_ value: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 9e18 else { return value.description }
        let whole = Int(scaled)
        let divisor = Int(scale)
        var text = (value < 0 && whole > 0 ? "-" : "") + String(whole / divisor)
        if places > 0, whole % divisor != 0 {
            let fraction = String(whole % divisor)
            text += "." + String(repeating: "0", count: places - fraction.utf8.count) + fraction
            while text.hasSuffix("0") { text.removeLast() }
        }
        return text
    }

    private static func tenths(_ nanoseconds: Int) -> String {
        let tenths = (nanoseconds + 50_000_000) / 100_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func pair(_ large: Int, _ largeUnit: String, _ small: Int, _ smallUnit: String) -> String {
        "\(large) \(largeUnit)" + (small == 0 ? "" : " \(small) \(smallUnit)")
    }
}
