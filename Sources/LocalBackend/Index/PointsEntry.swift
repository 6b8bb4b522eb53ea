/// Where in the journal a stretch of a series is: one row of the index of points.
struct PointsEntry: Equatable {
    static let width = 64

    var trial: Int
    /// The metric, by its place among the experiment's names.
    var name: Int
    var generation: Int
    /// The place in the series of the stretch's first point.
    var first: Int
    var count: Int
    var line: Extent
    /// The entry of the same trial before this one, from 1; 0 for none.
    var previous: Int

    init(trial: Int, name: Int, generation: Int, first: Int, count: Int, line: Extent, previous: Int) {
        self.trial = trial
        self.name = name
        self.generation = generation
        self.first = first
        self.count = count
        self.line = line
        self.previous = previous
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
        bytes.seal(width: Self.width)
        return bytes
    }
}
