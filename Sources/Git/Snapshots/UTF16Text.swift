/// A text in UTF-16 with the mark that says so, as programs on Windows write it: git takes it for binary.
struct UTF16Text {
    private let isBigEndian: Bool
    /// The text without the mark.
    let utf8: [UInt8]

    /// Nil for bytes without such a mark.
    init?(_ bytes: [UInt8]) {
        guard Self.isMarked(bytes) else { return nil }
        isBigEndian = bytes[0] == 0xFE
        let (high, low) = isBigEndian ? (0, 1) : (1, 0)
        let units = stride(from: 2, to: bytes.count - 1, by: 2).lazy.map {
            UInt16(bytes[$0 + high]) << 8 | UInt16(bytes[$0 + low])
        }
        utf8 = Array(String(decoding: Array(units), as: UTF16.self).utf8)
    }

    /// Whether bytes begin with the mark.
    static func isMarked(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 2 && (bytes[0] == 0xFF && bytes[1] == 0xFE || bytes[0] == 0xFE && bytes[1] == 0xFF)
    }

    /// Another text, written as this one is.
    func encoding(_ utf8: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = isBigEndian ? [0xFE, 0xFF] : [0xFF, 0xFE]
        for unit in String(decoding: utf8, as: UTF8.self).utf16 {
            let (high, low) = (UInt8(truncatingIfNeeded: unit >> 8), UInt8(truncatingIfNeeded: unit))
            bytes += isBigEndian ? [high, low] : [low, high]
        }
        return bytes
    }
}
