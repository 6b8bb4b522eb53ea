/// The digest of some bytes, which cannot be taken for one of another function.
public struct Digest<Function: DigestFunction>: Hashable, Sendable, CustomStringConvertible {
    /// `Function.byteCount` bytes.
    public let bytes: [UInt8]

    /// Nil unless there are `Function.byteCount` bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Function.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// Reads what ``hex`` writes, in either case; nil for any other text.
    public init?(hex: some StringProtocol) {
        let digits = hex.utf8
        guard digits.count == 2 * Function.byteCount else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Function.byteCount)
        var high: UInt8?
        for digit in digits {
            guard let nibble = Self.nibble(digit) else { return nil }
            if let first = high {
                bytes.append(first << 4 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        self.bytes = bytes
    }

    init(computed bytes: [UInt8]) { self.bytes = bytes }

    /// Two lower-case hexadecimal digits a byte.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
            for (index, byte) in bytes.enumerated() {
                text[2 * index] = digits[Int(byte >> 4)]
                text[2 * index + 1] = digits[Int(byte & 15)]
            }
            return 2 * bytes.count
        }
    }

    /// The hexadecimal digits.
    public var description: String { hex }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
