/// A stretch of time as it is written on a command line: `90s`, `5m`, `2h`, `7d`, `3w`.
struct Span: Equatable {
    /// How long it is.
    let seconds: Int

    private static let units: [(names: [String], seconds: Int)] = [
        (["s"], 1), (["m", "min"], 60), (["h"], 3600), (["d"], 86_400), (["w"], 604_800),
    ]

    /// Nil for text that is no whole number with a unit.
    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let count = Int(digits),
            let scale = Self.units.first(where: { $0.names.contains(String(unit)) })?.seconds
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: scale)
        // A hundred years, so that a moment less a span is a moment.
        guard !overflow, product <= 3_155_760_000 else { return nil }
        seconds = product
    }
}
