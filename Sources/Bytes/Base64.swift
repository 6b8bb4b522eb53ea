internal import CCrypto

/// Bytes as text of 64 letters (RFC 4648, with padding, without line breaks).
public enum Base64 {
    /// The text of some bytes.
    public static func text(_ bytes: [UInt8]) -> String {
        guard !bytes.isEmpty else { return "" }
        let count = (bytes.count + 2) / 3 * 4
        // EVP_EncodeBlock(3) ends its text with a zero.
        return String(unsafeUninitializedCapacity: count + 1) { text in
            Int(EVP_EncodeBlock(text.baseAddress, bytes, Int32(bytes.count)))
        }
    }

    /// The bytes of a text; nil when it is none that ``text(_:)`` writes.
    public static func bytes(_ text: String) -> [UInt8]? {
        let letters = Array(text.utf8)
        guard !letters.isEmpty else { return [] }
        guard letters.count.isMultiple(of: 4), letters.count < Int32.max else { return nil }
        var bytes = [UInt8](repeating: 0, count: letters.count / 4 * 3)
        let count = EVP_DecodeBlock(&bytes, letters, Int32(letters.count))
        guard count >= 0 else { return nil }
        bytes.removeLast(bytes.count - Int(count) + letters.suffix(2).count { $0 == UInt8(ascii: "=") })
        // EVP_DecodeBlock(3) passes over blanks at either end, and takes padding for zeros wherever it stands.
        return self.text(bytes) == text ? bytes : nil
    }
}
