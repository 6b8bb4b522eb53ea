/// A quick fingerprint of bytes, made piece by piece, that can be kept half way (FNV-1a, 64 bits).
///
/// It finds out that a file was written anew; it is not for what an attacker may choose.
struct ContentFingerprint: Hashable, Sendable, Codable {
    /// How many bytes were taken.
    private(set) var count = 0
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    init() {}

    init(_ bytes: ArraySlice<UInt8>) { take(bytes) }

    mutating func take(_ bytes: ArraySlice<UInt8>) {
        var hash = hash
        bytes.withUnsafeBufferPointer { buffer in
            for byte in buffer { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        self.hash = hash
        count += bytes.count
    }
}
