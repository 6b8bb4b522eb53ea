internal import Bytes

/// A quick check against rows that were half written or never reached the disk (FNV-1a); not for what an attacker may
/// change.
func rowChecksum(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
}

/// Whether the last eight bytes are the checksum of those before.
func isChecked(_ bytes: [UInt8], width: Int) -> Bool {
    guard bytes.count == width else { return false }
    var reader = FixedWidthReader(bytes, at: width - 8)
    return reader.next(UInt64.self) == rowChecksum(bytes.dropLast(8))
}

extension [UInt8] {
    /// Fills up to the width of a row and adds its checksum.
    mutating func seal(width: Int) {
        append(contentsOf: repeatElement(0, count: width - 8 - count))
        append(fixed: rowChecksum(self))
    }
}
