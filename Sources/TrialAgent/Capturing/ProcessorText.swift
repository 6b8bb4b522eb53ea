/// What `/proc/cpuinfo` says, read as py-cpuinfo 5.0.0 reads it.
struct ProcessorText {
    private let fields: [(name: String, value: String)]

    /// Only the first `limit` lines count: a machine of 500 processors says the same 500 times.
    init(_ text: String, limit: Int = 200) {
        fields = text.split(whereSeparator: \.isNewline).prefix(limit).compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (
                line[..<colon].trimmedASCII.lowercased(), String(line[line.index(after: colon)...].trimmedASCII)
            )
        }
    }

    /// The first value that is not empty under any of the names; with `text`, one that is no number.
    func first(_ names: String..., text: Bool = false) -> String? {
        fields.first { field in
            names.contains(field.name) && !field.value.isEmpty && !(text && field.value.allSatisfy(\.isWholeNumber))
        }?.value
    }
}

/// A frequency of whole hertz, as py-cpuinfo shows it.
struct Frequency: Equatable {
    let hertz: Int

    init?(hertz: Int) {
        guard hertz > 0 else { return nil }
        self.hertz = hertz
    }

    /// `2445.426` under `cpu MHz`; some architectures write `1800MHz`.
    init?(megahertz text: String) {
        self.init(decimal: text.prefix { $0.isNumber || $0 == "." }, exponent: 6)
    }

    /// What an advertised name ends with: `Intel(R) Xeon(R) CPU @ 2.20GHz`.
    init?(brand: String) {
        let name = brand.lowercased()
        let exponent = name.hasSuffix("mhz") ? 6 : name.hasSuffix("ghz") ? 9 : nil
        guard let exponent else { return nil }
        let tail = name.split(separator: "@").last ?? name[...]
        let word = tail.trimmedASCII.split(separator: " ").last ?? ""
        self.init(decimal: word.dropLast(3), exponent: exponent)
    }

    private init?(decimal text: Substring, exponent: Int) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !text.isEmpty else { return nil }
        let fraction = (parts.count > 1 ? parts[1] : "").prefix(exponent)
        let digits = whole + fraction + String(repeating: "0", count: exponent - fraction.count)
        guard let hertz = Int(digits) else { return nil }
        self.init(hertz: hertz)
    }

    /// `2.4454 GHz`.
    var friendly: String {
        let units = [("GHz", 1_000_000_000), ("MHz", 1_000_000), ("KHz", 1000)]
        let (unit, scale) = units.first { hertz >= $0.1 } ?? ("Hz", 1)
        let tenThousandths = Int((Double(hertz) / Double(scale) * 10_000).rounded())
        let (whole, fraction) = tenThousandths.quotientAndRemainder(dividingBy: 10_000)
        let digits = String(fraction)
        return "\(whole).\(String(repeating: "0", count: 4 - digits.count))\(digits) \(unit)"
    }

    /// Hertz and fractions of one, as daskperiment joins them: `2445426000,0`.
    var raw: String { "\(hertz),0" }
}

extension StringProtocol {
    /// Without blanks and tabs at both ends.
    var trimmedASCII: SubSequence {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
