/// Bytes that are asked for in one step.
struct ByteSet: Sendable {
    private var words = SIMD4<UInt64>()

    init(_ text: String) {
        for byte in text.utf8 { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
    }

    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] >> UInt64(byte & 63) & 1 == 1 }
}

extension UInt8 {
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isCapital: Bool { (0x41...0x5A).contains(self) }
    var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
    /// A letter, a digit or `_`.
    var isWord: Bool { isLetter || isDigit || self == 0x5F }
    var isHexadecimal: Bool { isDigit || (0x61...0x66).contains(self | 0x20) }
    /// A space, a tab, or what colours a terminal.
    var isBlank: Bool { self == 0x20 || self == 0x09 || self == UnescapedText.mark }
    var lowercased: UInt8 { isCapital ? self + 0x20 : self }
}

extension ArraySlice<UInt8> {
    /// Whether it begins with a text, which is in lower case, in whatever case.
    func begins(with text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            for (place, byte) in text.enumerated() where self[startIndex + place].lowercased != byte { return false }
            return true
        }
    }

    /// Whether it is that text, which is in lower case, in whatever case.
    func equals(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && begins(with: text) }

    /// Where a text stands first.
    func firstRange(of text: [UInt8]) -> Range<Int>? {
        guard let first = text.first else { return nil }
        var start = startIndex
        while let place = self[start...].firstIndex(of: first) {
            if self[place...].starts(with: text) { return place..<(place + text.count) }
            start = place + 1
        }
        return nil
    }

    /// Where a text stands last.
    func lastRange(of text: [UInt8]) -> Range<Int>? {
        guard let first = text.first else { return nil }
        var end = endIndex
        while let place = self[..<end].lastIndex(of: first) {
            if self[place...].starts(with: text) { return place..<(place + text.count) }
            end = place
        }
        return nil
    }

    /// What stands between blanks and ends of lines.
    var words: [ArraySlice<UInt8>] { split { $0 <= 0x20 } }
}
