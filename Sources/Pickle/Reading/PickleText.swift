/// Texts and numbers as a pickle writes them.
enum PickleText {
    /// The `str` of these bytes, in UTF-8 but for lone surrogates; nil when they are anything else.
    static func string(utf8 bytes: some Collection<UInt8>) -> PickleValue? {
        if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
        return isUTF8ButForSurrogates(bytes) ? .surrogateString(Array(bytes)) : nil
    }

    /// A `str` of Python 2.
    static func python2(_ bytes: some Collection<UInt8>) -> PickleValue {
        bytes.allSatisfy { $0 < 0x80 } ? .string(String(decoding: bytes, as: UTF8.self)) : .python2String(Array(bytes))
    }

    /// The text with each lone surrogate replaced by U+FFFD.
    static func repaired(_ bytes: [UInt8]) -> String {
        var repaired: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if isSurrogate(bytes[index...]) {
                repaired += [0xEF, 0xBF, 0xBD]
                index += 3
            } else {
                repaired.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: repaired, as: UTF8.self)
    }

    private static func isUTF8ButForSurrogates(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var rest = bytes[...]
        var begin = bytes.startIndex
        while let place = rest.firstIndex(of: 0xED) {
            guard isSurrogate(bytes[place...]) else {
                rest = bytes[(place + 1)...]
                continue
            }
            guard String(validating: bytes[begin..<place], as: UTF8.self) != nil else { return false }
            begin = place + 3
            rest = bytes[begin...]
        }
        return String(validating: bytes[begin...], as: UTF8.self) != nil
    }

    private static func isSurrogate(_ bytes: ArraySlice<UInt8>) -> Bool {
        let begin = bytes.startIndex
        return bytes.count >= 3 && bytes[begin] == 0xED && bytes[begin + 1] >= 0xA0 && bytes[begin + 1] <= 0xBF
            && bytes[begin + 2] & 0xC0 == 0x80
    }

    // MARK: The text forms of protocol 0

    /// The operand of STRING: Python's own quoted spelling. Nil when it has no quotes.
    static func quoted(_ line: ArraySlice<UInt8>) -> [UInt8]? {
        let line = line.trimmingSpaces
        guard line.count >= 2, let quote = line.first, quote == line.last,
            quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
        else { return nil }
        return unescaped(line.dropFirst().dropLast())
    }

    private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            guard let escape = rest.popFirst() else { return nil }
            switch escape {
            case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): bytes.append(escape)
            case UInt8(ascii: "a"): bytes.append(7)
            case UInt8(ascii: "b"): bytes.append(8)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "v"): bytes.append(11)
            case UInt8(ascii: "f"): bytes.append(12)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "x"):
                guard let value = number(rest.prefix(2), radix: 16, digits: 2) else { return nil }
                bytes.append(UInt8(truncatingIfNeeded: value))
                rest = rest.dropFirst(2)
            case UInt8(ascii: "0")...UInt8(ascii: "7"):
                var value = Int(escape - UInt8(ascii: "0"))
                for _ in 0..<2 {
                    guard let digit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { break }
                    value = value * 8 + Int(digit - UInt8(ascii: "0"))
                    rest = rest.dropFirst()
                }
                bytes.append(UInt8(truncatingIfNeeded: value))
            default: bytes += [UInt8(ascii: "\\"), escape]
            }
        }
        return bytes
    }

    /// The operand of UNICODE: Latin-1 with `\uXXXX` and `\UXXXXXXXX`; nil when one of them is broken.
    static func rawUnicode(_ line: ArraySlice<UInt8>) -> PickleValue? {
        var utf8: [UInt8] = []
        var rest = line
        while let byte = rest.popFirst() {
            let digits = rest.first == UInt8(ascii: "u") ? 4 : rest.first == UInt8(ascii: "U") ? 8 : 0
            guard byte == UInt8(ascii: "\\"), digits > 0 else {
                append(UInt32(byte), to: &utf8)
                // A backslash before it makes a backslash no beginning.
                if byte == UInt8(ascii: "\\"), rest.first == byte, let next = rest.popFirst() {
                    append(UInt32(next), to: &utf8)
                }
                continue
            }
            guard let point = number(rest.dropFirst().prefix(digits), radix: 16, digits: digits), point <= 0x10FFFF
            else { return nil }
            append(UInt32(point), to: &utf8)
            rest = rest.dropFirst(digits + 1)
        }
        return string(utf8: utf8)
    }

    /// A code point, a surrogate too, as Python's `surrogatepass` writes it.
    private static func append(_ point: UInt32, to utf8: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (point >> shift & 0x3F)) }
        switch point {
        case 0..<0x80: utf8.append(UInt8(point))
        case 0x80..<0x800: utf8 += [UInt8(0xC0 | point >> 6), tail(0)]
        case 0x800..<0x10000: utf8 += [UInt8(0xE0 | point >> 12), tail(6), tail(0)]
        default: utf8 += [UInt8(0xF0 | point >> 18), tail(12), tail(6), tail(0)]
        }
    }

    private static func number(_ text: ArraySlice<UInt8>, radix: Int, digits: Int) -> Int? {
        guard text.count == digits, text.first != UInt8(ascii: "+"), text.first != UInt8(ascii: "-") else { return nil }
        return Int(String(decoding: text, as: UTF8.self), radix: radix)
    }

    /// The operand of FLOAT.
    static func float(_ line: ArraySlice<UInt8>) -> Double? {
        let text = String(decoding: line.trimmingSpaces, as: UTF8.self)
        // Swift takes hexadecimal too, which Python does not.
        guard text.utf8.count <= 1000,
            !text.utf8.contains(where: { $0 == UInt8(ascii: "x") || $0 == UInt8(ascii: "X") })
        else { return nil }
        return Double(text)
    }
}

extension ArraySlice<UInt8> {
    /// Without the spaces and carriage returns around it.
    var trimmingSpaces: ArraySlice<UInt8> {
        var rest = self
        while let first = rest.first, first == 0x20 || first == 0x0D || first == 0x09 { rest = rest.dropFirst() }
        while let last = rest.last, last == 0x20 || last == 0x0D || last == 0x09 { rest = rest.dropLast() }
        return rest
    }
}
