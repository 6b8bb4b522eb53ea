/// Numbers at fixed places in a file, least significant byte first.
extension [UInt8] {
    /// Adds a number's bytes.
    public mutating func append(fixed value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}

/// Reads what `append(fixed:)` wrote, in the same order.
public struct FixedWidthReader {
    private let bytes: [UInt8]
    private var place: Int

    /// Reads from a place on.
    public init(_ bytes: [UInt8], at place: Int = 0) {
        self.bytes = bytes
        self.place = place
    }

    /// The next number; 0 past the end.
    public mutating func next<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number {
        let size = MemoryLayout<Number>.size
        defer { place += size }
        guard place + size <= bytes.count else { return 0 }
        return Number(
            littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Number.self) })
    }

    /// The next bytes; zeros past the end.
    public mutating func next(_ count: Int) -> [UInt8] {
        defer { place += count }
        guard place + count <= bytes.count else { return [UInt8](repeating: 0, count: count) }
        return Array(bytes[place..<(place + count)])
    }
}
