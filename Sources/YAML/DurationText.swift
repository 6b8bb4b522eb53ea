/// The longest duration that a file may name: ten years.
public let maximumDuration = Duration.seconds(10 * 365 * 86_400)

private let units: [(name: String, length: Duration)] = [
    ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3_600)), ("d", .seconds(86_400)),
]

/// Reads `500ms`, `2s`, `1.5m`, `1h30m`, `0`; nil for anything else, also for more than ten years.
func duration(_ text: String) -> Duration? {
    if text == "0" { return .zero }
    guard !text.isEmpty, text.utf8.count <= 40 else { return nil }
    var rest = text[...]
    var total = Duration.zero
    while !rest.isEmpty {
        let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        rest = rest.dropFirst(number.count)
        let name = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(name.count)
        guard let amount = Double(number), amount <= 1e12, let unit = units.first(where: { $0.name == name }) else {
            return nil
        }
        let whole = amount.rounded(.towardZero)
        // The whole part is exact; what is behind the point is good to a nanosecond.
        total += unit.length * Int(whole)
        total += .nanoseconds(Int64(((amount - whole) * Double(unit.length / .nanoseconds(1))).rounded()))
        guard total <= maximumDuration else { return nil }
    }
    return total
}

/// The shortest exact spelling: `24h`, `90s`, `500ms`.
public func durationText(_ duration: Duration) -> String {
    guard duration != .zero else { return "0" }
    for unit in units.reversed() {
        let amount = duration / unit.length
        if amount >= 1, amount == amount.rounded() { return "\(Int(amount))\(unit.name)" }
    }
    return "\(duration / .milliseconds(1))ms"
}
