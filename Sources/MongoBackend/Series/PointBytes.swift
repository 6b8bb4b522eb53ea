internal import Bytes
internal import Trials

/// Points of a series in 29 bytes each, least significant first: epoch (8), 1 for a float and 0 for a whole number (1), the
/// value or its bits (8), nanoseconds since 1970 (8), seconds ahead of UTC (4).
enum PointBytes {
    static func bytes(_ points: some Collection<MetricPoint>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(29 * points.count)
        for point in points {
            bytes.append(fixed: point.epoch)
            switch point.value {
            case .integer(let integer):
                bytes.append(0)
                bytes.append(fixed: integer)
            case .float(let float):
                bytes.append(1)
                bytes.append(fixed: float.bitPattern)
            }
            bytes.append(fixed: point.recorded.nanoseconds)
            bytes.append(fixed: Int32(clamping: point.recorded.offset))
        }
        return bytes
    }

    static func points(_ bytes: [UInt8]) -> [MetricPoint] {
        var reader = FixedWidthReader(bytes)
        return (0..<(bytes.count / 29)).map { _ in
            let epoch: Int = reader.next()
            let isFloat: UInt8 = reader.next()
            let bits: UInt64 = reader.next()
            let nanoseconds: Int = reader.next()
            let offset: Int32 = reader.next()
            return MetricPoint(
                epoch: epoch,
                value: isFloat == 1 ? .float(Double(bitPattern: bits)) : .integer(Int(Int64(bitPattern: bits))),
                recorded: Timestamp(nanoseconds: nanoseconds, offset: Int(offset)))
        }
    }
}
