public import Trials

/// A point of a series as one pickle for daskperiment's lists, from which we read it back whole.
///
/// daskperiment's time is naive, so before the end stand two instructions that push the seconds ahead of UTC and drop them
/// again: for whoever loads the pickle they change nothing.
public enum PointPickle {
    /// The bytes of a point's pickle.
    public static func bytes(_ point: MetricPoint) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(120)
        bytes += head
        append(point.epoch, to: &bytes)
        bytes += value
        switch point.value {
        case .integer(let integer): append(integer, to: &bytes)
        case .float(let float):
            bytes.append(UInt8(ascii: "G"))
            append(bigEndian: float.bitPattern, 8, to: &bytes)
        }
        bytes += timestamp
        let text = Array(point.recorded.local.utf8)
        append(littleEndian: UInt64(text.count), 4, to: &bytes)
        bytes += text
        bytes += end
        bytes.append(UInt8(ascii: "J"))
        append(littleEndian: UInt64(UInt32(bitPattern: Int32(clamping: point.recorded.offset))), 4, to: &bytes)
        bytes += drop
        return bytes
    }

    /// The point of a pickle that ``bytes(_:)`` made; nil for any other.
    public static func point(_ bytes: [UInt8]) -> MetricPoint? {
        var rest = bytes[...]
        guard take(head, from: &rest), let epoch = integer(&rest), take(value, from: &rest) else { return nil }
        let number: MetricValue
        if rest.first == UInt8(ascii: "G"), rest.count > 9 {
            let pattern = rest.dropFirst().prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            number = .float(Double(bitPattern: pattern))
            rest = rest.dropFirst(9)
        } else if let whole = integer(&rest) {
            number = .integer(whole)
        } else {
            return nil
        }
        guard take(timestamp, from: &rest), rest.count > 4 else { return nil }
        let count = Int(littleEndian(rest.prefix(4)))
        rest = rest.dropFirst(4)
        guard rest.count == count + end.count + 5 + drop.count,
            let local = Timestamp(iso8601: String(decoding: rest.prefix(count), as: UTF8.self), localOffset: { _ in 0 })
        else { return nil }
        rest = rest.dropFirst(count)
        guard take(end, from: &rest), rest.first == UInt8(ascii: "J") else { return nil }
        let offset = Int(Int32(bitPattern: UInt32(littleEndian(rest.dropFirst().prefix(4)))))
        return MetricPoint(
            epoch: epoch, value: number,
            recorded: Timestamp(local: local.nanoseconds, offset: offset))
    }

    private static let head: [UInt8] = [0x80, 3, UInt8(ascii: "}"), UInt8(ascii: "(")] + text("Epoch")
    private static let value = text("Value")
    private static let timestamp =
        text("Timestamp") + Array("cpandas\nTimestamp\n(X".utf8)
    private static let end = Array("tRu".utf8)
    private static let drop = Array("0.".utf8)

    private static func text(_ text: String) -> [UInt8] {
        [UInt8(ascii: "X"), UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8)
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        if (0...255).contains(number) {
            bytes.append(UInt8(ascii: "K"))
            bytes.append(UInt8(number))
        } else if (0...65_535).contains(number) {
            bytes.append(UInt8(ascii: "M"))
            append(littleEndian: UInt64(number), 2, to: &bytes)
        } else if let word = Int32(exactly: number) {
            bytes.append(UInt8(ascii: "J"))
            append(littleEndian: UInt64(UInt32(bitPattern: word)), 4, to: &bytes)
        } else {
            // LONG1 with all eight bytes: Python takes more than are needed.
            bytes.append(0x8A)
            bytes.append(8)
            append(littleEndian: UInt64(bitPattern: Int64(number)), 8, to: &bytes)
        }
    }

    private static func integer(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        guard let code = bytes.first else { return nil }
        let rest = bytes.dropFirst()
        func number(_ count: Int, _ skipped: Int = 0) -> UInt64? {
            guard rest.count >= count + skipped else { return nil }
            bytes = rest.dropFirst(count + skipped)
            return littleEndian(rest.dropFirst(skipped).prefix(count))
        }
        switch code {
        case UInt8(ascii: "K"): return number(1).map { Int($0) }
        case UInt8(ascii: "M"): return number(2).map { Int($0) }
        case UInt8(ascii: "J"): return number(4).map { Int(Int32(bitPattern: UInt32($0))) }
        case 0x8A where rest.first == 8: return number(8, 1).map { Int(Int64(bitPattern: $0)) }
        default: return nil
        }
    }

    private static func append(littleEndian number: UInt64, _ count: Int, to bytes: inout [UInt8]) {
        for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(place)))) }
    }

    private static func append(bigEndian number: UInt64, _ count: Int, to bytes: inout [UInt8]) {
        for place in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(place)))) }
    }

    private static func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func take(_ expected: [UInt8], from bytes: inout ArraySlice<UInt8>) -> Bool {
        guard bytes.starts(with: expected) else { return false }
        bytes = bytes.dropFirst(expected.count)
        return true
    }
}
