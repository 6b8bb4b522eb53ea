internal import JSON
internal import Trials

/// Values as fields of a CSV file (RFC 4180, with a newline alone at the end of a line).
///
/// Numbers, `TRUE` and `FALSE` are bare, floats with all their digits; what is missing is empty. A user's text is in
/// quotes. As most programs read quoted fields like others, a text that they would take for a number, a truth value, a
/// missing value or a formula gets an apostrophe before it, and so does one that begins with an apostrophe: without its
/// first apostrophe such a field is the text that was recorded.
struct CSVText {
    /// Whether texts get no apostrophe: for programs that tell quoted fields from bare ones.
    var isExact = false
    /// How many texts held a zero byte, which no CSV reader takes; U+FFFD stands for it.
    private(set) var zeros = 0

    init(isExact: Bool = false) {
        self.isExact = isExact
    }

    /// A value; what is nested is JSON text, which no program takes for anything else.
    mutating func field(_ value: Value) -> String {
        switch value {
        case .null: ""
        // What pandas, R and spreadsheets all read; R takes small letters for text.
        case .bool(let bool): bool ? "TRUE" : "FALSE"
        case .text(let text): field(text)
        case .list, .mapping: quoted(value.json.text())
        default: value.shown()
        }
    }

    /// A user's text.
    mutating func field(_ text: String) -> String {
        quoted(!isExact && Self.wouldBeMistaken(text) ? "'" + text : text)
    }

    /// A column's name, which is no value and has no type to lose; only a formula is kept from being one.
    mutating func title(_ name: String) -> String {
        let isHarmless = isExact || !(Self.isFormula(name) || name.hasPrefix("'"))
        let text = isHarmless ? name : "'" + name
        let isPlain = text.utf8.allSatisfy {
            $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: ",") && $0 != 0x7F
        }
        return isPlain && !text.isEmpty ? text : quoted(text)
    }

    private mutating func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        bytes.reserveCapacity(text.utf8.count + 2)
        var hasZero = false
        for byte in text.utf8 {
            switch byte {
            case 0:
                hasZero = true
                bytes += "\u{FFFD}".utf8
            case UInt8(ascii: "\""): bytes += [byte, byte]
            default: bytes.append(byte)
            }
        }
        if hasZero { zeros += 1 }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether pandas, R, Python or a spreadsheet would read something else than the text.
    static func wouldBeMistaken(_ text: String) -> Bool {
        if text.hasPrefix("'") || isFormula(text) { return true }
        let trimmed = text.drop(while: isBlank)
        guard let last = trimmed.lastIndex(where: { !isBlank($0) }) else { return true }
        let word = trimmed[...last]
        // Nothing longer than this is one of the words; a number may be as long as it likes.
        if word.utf8.count <= 9, words.contains(word.lowercased()) { return true }
        return isNumber(word)
    }

    /// What pandas reads as missing, R as missing or logical, and the names of what is no finite number.
    private static let words: Set<String> = [
        "#n/a", "#na", "<na>", "n/a", "na", "nan", "-nan", "none", "null", "nil", "1.#ind", "-1.#ind", "1.#qnan",
        "-1.#qnan", "true", "false", "t", "f", "inf", "-inf", "infinity", "-infinity",
    ]

    /// The beginnings that make a spreadsheet calculate (OWASP, CSV injection), the full-width ones, too.
    private static func isFormula(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first else { return false }
        return ["=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}"].contains(first)
    }

    private static func isNumber(_ word: Substring) -> Bool {
        guard let first = word.utf8.first, first == UInt8(ascii: ".") || isDigit(first) else { return false }
        // Spreadsheets and pandas' `thousands` read the groups, spreadsheets the percentage; Python reads underscores.
        let plain = word.filter { $0 != "," && $0 != "_" }
        return Double(plain.hasSuffix("%") ? plain.dropLast() : plain[...]) != nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isBlank(_ character: Character) -> Bool { character.isWhitespace }
}
