/// An amount of bytes.
public struct ByteCount: Sendable, Hashable, Comparable, Codable {
    /// The bytes.
    public let bytes: Int

    /// So many bytes.
    public init(bytes: Int) { self.bytes = bytes }

    /// So many millions of bytes.
    public static func megabytes(_ count: Int) -> ByteCount { ByteCount(bytes: count * 1_000_000) }

    /// So many thousand millions of bytes.
    public static func gigabytes(_ count: Int) -> ByteCount { ByteCount(bytes: count * 1_000_000_000) }

    /// Reads `10MB`, `1.5 GiB`, `512` and the like; nil for anything else and for what is below zero or above `Int.max`.
    public init?(_ text: String) {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
        guard let factor = unit.isEmpty ? 1 : ByteCount.units.first(where: { $0.name.lowercased() == unit })?.factor
        else {
            return nil
        }
        if let whole = Int(number) {
            let (bytes, isTooLarge) = whole.multipliedReportingOverflow(by: factor)
            guard !isTooLarge else { return nil }
            self.bytes = bytes
        } else {
            guard let amount = Double(number), let bytes = Int(exactly: (amount * Double(factor)).rounded()) else {
                return nil
            }
            self.bytes = bytes
        }
    }

    private static let units: [(name: String, factor: Int)] = [
        ("B", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]

    /// Fewer bytes before more.
    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
}

extension ByteCount: CustomStringConvertible {
    /// The shortest exact spelling: `20GB`, `512MiB`, `1234B`.
    public var description: String {
        let exact = ByteCount.units.filter { bytes >= $0.factor && bytes % $0.factor == 0 }
        guard let unit = exact.min(by: { bytes / $0.factor < bytes / $1.factor }) else { return "\(bytes)B" }
        return "\(bytes / unit.factor)\(unit.name)"
    }
}
