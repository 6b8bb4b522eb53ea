/// Text that came from a marker, a store or a file name, made harmless for a terminal.
enum SafeText {
    /// The text on one line, with every character that could move the cursor, change colours or reorder the line
    /// written as an escape: `\n`, `\x1b`, `\u202e`.
    static func line(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        return escape(text, keeping: [])
    }

    /// The same for a text of several lines, which keeps its line breaks and tabs.
    static func block(_ text: String) -> String {
        escape(text, keeping: ["\n", "\t"])
    }

    /// JSON in which those characters are `\u` escapes, so that it is as harmless and means the same.
    ///
    /// In a JSON document they can stand in strings only, but for the line breaks between members.
    static func json(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { isUnsafe($0) && $0 != "\n" }) else { return text }
        return rewrite(text) { scalar in
            scalar == "\n" ? nil : String(scalar).utf16.map { "\\u" + hexadecimal(UInt32($0), 4) }.joined()
        }
    }

    private static func escape(_ text: String, keeping kept: Set<Unicode.Scalar>) -> String {
        rewrite(text) { scalar in
            if kept.contains(scalar) { return nil }
            return switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            default: scalar.value < 0x100 ? "\\x" + hexadecimal(scalar.value, 2) : "\\u" + hexadecimal(scalar.value, 4)
            }
        }
    }

    private static func rewrite(_ text: String, _ escape: (Unicode.Scalar) -> String?) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar), let escaped = escape(scalar) {
                result.append(contentsOf: escaped.unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: true
        // Line and paragraph separators; marks, embeddings, overrides and isolates that change the direction of text.
        case 0x2028, 0x2029, 0x200E, 0x200F, 0x061C, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func hexadecimal(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
