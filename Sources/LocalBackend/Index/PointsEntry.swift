internal import Bytes
internal import Records

/// Where in the journal a stretch of a series is: one row of the index of points.
///
/// A later stretch of the same series replaces whatever earlier ones have from its first point on.
struct PointsEntry: Equatable {
    static let width = 80

    var trial: Int
    /// The metric, by its place among the experiment's names.
    var name: Int
    var generation: Int
    /// The place in the series of the stretch's first point.
    var first: Int
    var count: Int
    var line: Extent
    /// Of the points before `first`; nil when unknown.
    var before: SeriesExtremes?
    /// The entry of the same trial before this one, from 1; 0 for none.
    var previous: Int

    /// The entry of a line; `name` is the place of its metric's.
    init(_ points: JournalEvent.PointsEvent, name: Int, line: Extent) {
        trial = points.number
        self.name = name
        generation = points.generation
        first = points.first
        count = points.count
        self.line = line
        before = points.before
        previous = 0
    }

    /// Nil for bytes that are no entry, or a damaged one.
    init?(_ bytes: [UInt8]) {
        guard isChecked(bytes, width: Self.width) else { return nil }
        var reader = FixedWidthReader(bytes)
        trial = Int(reader.next(Int64.self))
        name = Int(reader.next(Int32.self))
        count = Int(reader.next(Int32.self))
        generation = Int(reader.next(Int64.self))
        first = Int(reader.next(Int64.self))
        line = Extent(offset: reader.next(), length: Int(reader.next(Int32.self)))
        previous = Int(reader.next(Int64.self))
        let form = reader.next(UInt8.self)
        let lowest = Double(bitPattern: reader.next())
        let highest = Double(bitPattern: reader.next())
        switch form {
        case 0: before = nil
        case 1: before = SeriesExtremes()
        default:
            // No series has extremes that are no numbers, or the wrong way round.
            guard lowest <= highest else { return nil }
            before = SeriesExtremes(lowest...highest)
        }
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.width)
        bytes.append(fixed: Int64(trial))
        bytes.append(fixed: Int32(truncatingIfNeeded: name))
        bytes.append(fixed: Int32(truncatingIfNeeded: count))
        bytes.append(fixed: Int64(generation))
        bytes.append(fixed: Int64(first))
        bytes.append(fixed: line.offset)
        bytes.append(fixed: Int32(truncatingIfNeeded: line.length))
        bytes.append(fixed: Int64(previous))
        bytes.append(before.map { $0.range == nil ? 1 : 2 } ?? 0)
        bytes.append(fixed: before?.range?.lowerBound.bitPattern ?? 0)
        bytes.append(fixed: before?.range?.upperBound.bitPattern ?? 0)
        bytes.seal(width: Self.width)
        return bytes
    }
}
