extension JSONParser {
    /// Reads a string; the index is on its opening quote.
    mutating func string() throws(JSONError) -> String {
        index += 1
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                let text = try text(bytes[start..<index])
                index += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            if byte < 0x20 { throw control() }
            index += 1
        }
        throw malformed("this string has no end", at: start - 1)
    }

    /// Reads on at the first backslash of a string that began at `start`.
    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var content = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                let text = try text(content[...], at: start)
                index += 1
                return text
            case UInt8(ascii: "\\"):
                try escape(into: &content)
            case 0..<0x20:
                throw control()
            default:
                content.append(byte)
                index += 1
            }
        }
        throw malformed("this string has no end", at: start - 1)
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
        let start = index
        guard index + 1 < bytes.count else { throw malformed("this string has no end") }
        index += 2
        switch bytes[start + 1] {
        case UInt8(ascii: "\""): content.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): content.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): content.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            var units = [try codeUnit(of: start)]
            if UTF16.isLeadSurrogate(units[0]), index + 1 < bytes.count,
                bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
            {
                index += 2
                units.append(try codeUnit(of: start))
            }
            guard let text = String(validating: units, as: UTF16.self) else {
                throw malformed("this escape is half a surrogate pair, which is no character", at: start)
            }
            content.append(contentsOf: text.utf8)
        default: throw malformed("there is no such escape", at: start)
        }
    }

    private mutating func codeUnit(of start: Int) throws(JSONError) -> UInt16 {
        let end = index + 4
        guard end <= bytes.count, bytes[index..<end].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: bytes[index..<end], as: UTF8.self), radix: 16)
        else { throw malformed("expected four hexadecimal digits after \\u", at: start) }
        index = end
        return unit
    }

    private func control() -> JSONError {
        malformed("a control character in a string must be escaped; \(found)")
    }

    private func text(_ content: ArraySlice<UInt8>, at start: Int? = nil) throws(JSONError) -> String {
        if let text = String(validating: content, as: UTF8.self) { return text }
        let offset = start ?? content.startIndex
        throw malformed("this string is not valid UTF-8", at: offset)
    }
}
