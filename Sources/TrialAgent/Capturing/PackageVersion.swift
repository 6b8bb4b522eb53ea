/// A version of a Python package in its normal form (PEP 440), which is how pip prints it.
struct PackageVersion: Equatable {
    let text: String

    /// Nil when the text is no version by PEP 440; pip then prints it as it is, after `===`.
    init?(_ raw: String) {
        // Nearly all versions are in their normal form already.
        if raw.isPlainRelease {
            text = raw
            return
        }
        var scanner = VersionScanner(raw.trimmedASCII.lowercased())
        _ = scanner.take("v")
        guard var number = scanner.number() else { return nil }
        var text = ""
        if scanner.take("!") {
            // Epoch 0 is not shown.
            text = number == "0" ? "" : number + "!"
            guard let first = scanner.number() else { return nil }
            number = first
        }
        text += number
        while let next = scanner.dotted() { text += "." + next }
        text += scanner.labelled([
            ("alpha", "a"), ("beta", "b"), ("preview", "rc"), ("pre", "rc"), ("rc", "rc"), ("a", "a"), ("b", "b"),
            ("c", "rc"),
        ])
        text += scanner.post()
        text += scanner.labelled([("dev", ".dev")])
        guard let local = scanner.local(), scanner.isAtEnd else { return nil }
        self.text = text + local
    }
}

extension String {
    /// True for numbers without leading zeros and single dots between them: `2.10.0`.
    fileprivate var isPlainRelease: Bool {
        var digits = 0
        var isZero = false
        for byte in utf8 {
            if (48...57).contains(byte), !(isZero && digits > 0) {
                if digits == 0 { isZero = byte == 48 }
                digits += 1
            } else if byte == UInt8(ascii: "."), digits > 0 {
                digits = 0
            } else {
                return false
            }
        }
        return digits > 0
    }
}

private struct VersionScanner {
    private var rest: Substring

    init(_ text: String) { rest = text[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ text: String) -> Bool {
        guard rest.hasPrefix(text) else { return false }
        rest.removeFirst(text.count)
        return true
    }

    /// Digits without leading zeros.
    mutating func number() -> String? {
        let digits = rest.prefix { ("0"..."9").contains($0) }
        guard !digits.isEmpty else { return nil }
        rest.removeFirst(digits.count)
        let short = digits.drop { $0 == "0" }
        return short.isEmpty ? "0" : String(short)
    }

    /// A dot and digits; nothing is taken when there are none.
    mutating func dotted() -> String? {
        let start = rest
        if take("."), let number = number() { return number }
        rest = start
        return nil
    }

    private mutating func separator() { if let first = rest.first, "-_.".contains(first) { rest.removeFirst() } }

    /// `-alpha.1` as `a1`; without a number it is 0.
    mutating func labelled(_ labels: [(written: String, shown: String)]) -> String {
        let start = rest
        separator()
        for label in labels where take(label.written) {
            let afterLabel = rest
            separator()
            if let number = number() { return label.shown + number }
            rest = afterLabel
            return label.shown + "0"
        }
        rest = start
        return ""
    }

    /// `.post1`, `-rev1` or the bare `-1`.
    mutating func post() -> String {
        let start = rest
        if take("-"), let number = number() { return ".post" + number }
        rest = start
        return labelled([("post", ".post"), ("rev", ".post"), ("r", ".post")])
    }

    /// `+ubuntu_1` as `+ubuntu.1`; empty when there is none, nil when it is not allowed.
    mutating func local() -> String? {
        guard take("+") else { return "" }
        let parts = rest.split(omittingEmptySubsequences: false) { "-_.".contains($0) }
        guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) } }) else {
            return nil
        }
        rest = ""
        return "+"
            + parts.map { part in
                guard part.allSatisfy(\.isNumber) else { return String(part) }
                let short = part.drop { $0 == "0" }
                return short.isEmpty ? "0" : String(short)
            }.joined(separator: ".")
    }
}
