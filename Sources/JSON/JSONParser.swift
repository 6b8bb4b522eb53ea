extension JSON {
    /// Reads one document as RFC 8259 has it, and refuses what is doubtful: a key written twice, nesting deeper than
    /// 128, invalid UTF-8, half a surrogate pair, anything after the document.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var parser = JSONParser(bytes)
        self = try parser.document()
    }

    /// Reads one document from any bytes; see `init(parsing:)`.
    public init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
        try self.init(parsing: Array(bytes))
    }

    /// Reads one document from a text; see `init(parsing:)`.
    public init(parsing text: some StringProtocol) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }
}

/// Recursive descent over the bytes of one document.
package struct JSONParser {
    let bytes: [UInt8]
    var index = 0
    private var depth = 0

    private let maximumDepth: Int
    /// Whether `NaN`, `Infinity` and `-Infinity` are numbers, as Python's `json` writes them.
    private let acceptsNonFinite: Bool
    /// Whether `offsets` is filled.
    private let keepsOffsets: Bool

    /// The byte offset of each value in document order, and of each key just before its value.
    package private(set) var offsets: [Int] = []

    package init(
        _ bytes: [UInt8], maximumDepth: Int = 128, acceptsNonFinite: Bool = false, keepsOffsets: Bool = false
    ) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
        self.acceptsNonFinite = acceptsNonFinite
        self.keepsOffsets = keepsOffsets
    }

    package mutating func document() throws(JSONError) -> JSON {
        skipSpace()
        let value = try value()
        skipSpace()
        guard index == bytes.count else { throw malformed("expected the end, found \(found)") }
        return value
    }

    private mutating func value() throws(JSONError) -> JSON {
        if keepsOffsets { offsets.append(index) }
        guard let byte = peek else { throw malformed("expected a value, found the end") }
        switch byte {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            if acceptsNonFinite, index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "I") {
                return try literal("-Infinity", .number(JSON.Number(checked: "-Infinity")))
            }
            return .number(try number())
        case UInt8(ascii: "N") where acceptsNonFinite:
            return try literal("NaN", .number(JSON.Number(checked: "NaN")))
        case UInt8(ascii: "I") where acceptsNonFinite:
            return try literal("Infinity", .number(JSON.Number(checked: "Infinity")))
        default: throw malformed("expected a value, found \(found)")
        }
    }

    private mutating func object() throws(JSONError) -> JSON.Object {
        try enter()
        defer { depth -= 1 }
        var object = JSON.Object()
        if skip(UInt8(ascii: "}")) { return object }
        repeat {
            skipSpace()
            let start = index
            guard peek == UInt8(ascii: "\"") else { throw malformed("expected a key in quotes, found \(found)") }
            if keepsOffsets { offsets.append(start) }
            let key = try string()
            skipSpace()
            guard peek == UInt8(ascii: ":") else { throw malformed("expected ':' after the key, found \(found)") }
            index += 1
            skipSpace()
            let value = try value()
            guard object.insert(key, value) else {
                throw malformed("the key \"\(key)\" is written twice", at: start)
            }
        } while try another(before: UInt8(ascii: "}"))
        return object
    }

    private mutating func array() throws(JSONError) -> [JSON] {
        try enter()
        defer { depth -= 1 }
        var elements: [JSON] = []
        if skip(UInt8(ascii: "]")) { return elements }
        repeat {
            skipSpace()
            elements.append(try value())
        } while try another(before: UInt8(ascii: "]"))
        return elements
    }

    /// Steps over the opening bracket.
    private mutating func enter() throws(JSONError) {
        guard depth < maximumDepth else { throw malformed("nested deeper than \(maximumDepth)") }
        depth += 1
        index += 1
        skipSpace()
    }

    private mutating func another(before end: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        if skip(UInt8(ascii: ",")) { return true }
        guard skip(end) else {
            throw malformed("expected ',' or '\(Character(Unicode.Scalar(end)))', found \(found)")
        }
        return false
    }

    private mutating func literal(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let length = text.utf8CodeUnitCount
        guard index + length <= bytes.count,
            text.withUTF8Buffer({ bytes[index..<(index + length)].elementsEqual($0) })
        else { throw malformed("expected \(text), found \(found)") }
        index += length
        return value
    }

    private mutating func number() throws(JSONError) -> JSON.Number {
        let start = index
        _ = skip(UInt8(ascii: "-"))
        if !skip(UInt8(ascii: "0")) { try digits() }
        if skip(UInt8(ascii: ".")) { try digits() }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "-")) { _ = skip(UInt8(ascii: "+")) }
            try digits()
        }
        return JSON.Number(checked: String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func digits() throws(JSONError) {
        let start = index
        while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 { index += 1 }
        guard index > start else { throw malformed("expected a digit, found \(found)") }
    }
}

extension JSONParser {
    var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    mutating func skipSpace() {
        while index < bytes.count, bytes[index] <= 0x20 {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    /// What is at this place, in words.
    var found: String {
        guard let byte = peek else { return "the end" }
        return (0x21...0x7E).contains(byte)
            ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
    }

    func malformed(_ reason: String, at offset: Int? = nil) -> JSONError {
        .malformed(reason: reason, at: JSON.Position(offset: offset ?? index, in: bytes))
    }
}
