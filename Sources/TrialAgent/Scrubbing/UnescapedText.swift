/// A text as secrets are looked for in it: what colours a terminal, and an escaped end of a line or tab, is one byte each that
/// is part of no word, whether it was written as it is or as `\x1b[32m` and `\n`.
struct UnescapedText {
    /// What stands for a sequence.
    static let mark: UInt8 = 0x1B

    let bytes: [UInt8]
    /// Where each byte stands in what was written; nil where all are where they were.
    private let places: [Int]?

    init(_ written: [UInt8]) {
        guard written.contains(where: { $0 == Self.mark || $0 == 0x5C }) else {
            (bytes, places) = (written, nil)
            return
        }
        var (bytes, places) = ([UInt8](), [Int]())
        bytes.reserveCapacity(written.count)
        places.reserveCapacity(written.count + 1)
        var place = 0
        while place < written.count {
            places.append(place)
            if let end = Self.sequence(in: written, at: place) {
                bytes.append(Self.mark)
                place = end
            } else {
                bytes.append(written[place])
                place += 1
            }
        }
        places.append(written.count)
        (self.bytes, self.places) = (bytes, places)
    }

    /// Where a range of the bytes stands in what was written.
    func written(_ range: Range<Int>) -> Range<Int> {
        guard let places else { return range }
        return places[range.lowerBound]..<places[range.upperBound]
    }

    private static let escapes = ["x1b", "x1B", "u001b", "u001B", "033", "e"].map { Array($0.utf8) }

    private static func sequence(in text: [UInt8], at place: Int) -> Int? {
        if text[place] == mark { return colour(in: text, at: place + 1) ?? place + 1 }
        guard text[place] == 0x5C, place + 1 < text.count else { return nil }
        // What is escaped itself escapes nothing.
        if place > 0, text[place - 1] == 0x5C { return nil }
        switch text[place + 1] {
        case 0x6E, 0x72, 0x74: return place + 2
        case 0x78, 0x75, 0x30, 0x65:
            let escape = escapes.first { text[(place + 1)...].starts(with: $0) }
            return escape.flatMap { colour(in: text, at: place + 1 + $0.count) }
        default: return nil
        }
    }

    /// `[1;32m`.
    private static func colour(in text: [UInt8], at place: Int) -> Int? {
        guard place < text.count, text[place] == 0x5B else { return nil }
        let rest = text[(place + 1)...].prefix(16)
        guard let end = rest.firstIndex(where: { !$0.isDigit && $0 != 0x3B && $0 != 0x3F }), text[end].isLetter else {
            return nil
        }
        return end + 1
    }
}
