import SystemCalls

/// Rows of a metrics file that were taken before, read again from the newest to the oldest.
struct PastRows {
    private var header: MetricsHeader
    private let selection: MetricsFile.Selection
    private let end: Int
    private let isIrregular: Bool
    private let limit: Int
    /// How many bytes were read.
    private(set) var bytes = 0

    private static let largest = 1 << 20

    /// The rows before a place in the file; `isIrregular` when some newlines among them end no record.
    init(
        _ header: MetricsHeader, _ selection: MetricsFile.Selection, before end: Int, isIrregular: Bool, limit: Int
    ) {
        self.header = header
        self.selection = selection
        self.end = end
        self.isIrregular = isIrregular
        self.limit = limit
    }

    /// For each of these series, how many of its points stand at `epoch` or after it.
    ///
    /// A point counts when no later one stands at its epoch or before it. Reading ends where the epochs are lower.
    mutating func counts(
        from epoch: Int, in names: Set<String>, _ file: borrowing OwnedDescriptor
    ) throws(SystemCallError) -> [String: Int] {
        var counts: [String: Int] = [:]
        // The lowest epoch of the rows that were seen, which are later than those to come.
        var lowest: [String: Int] = [:]
        var open = names
        try forEach(file) { row in
            guard case .at(let place) = row.epoch else { return true }
            for cell in row.cells where open.contains(cell.name) {
                guard case .number = cell.content, place < lowest[cell.name] ?? .max else { continue }
                lowest[cell.name] = place
                if place < epoch { open.remove(cell.name) } else { counts[cell.name, default: 0] += 1 }
            }
            return !open.isEmpty
        }
        return counts
    }

    /// Calls `body` with the rows until it says no.
    private mutating func forEach(
        _ file: borrowing OwnedDescriptor, _ body: (MetricsRow) -> Bool
    ) throws(SystemCallError) {
        if isIrregular {
            for stretch in try stretches(file).reversed() {
                guard try take(file.read(stretch.count, at: Int64(stretch.lowerBound)), body) else { return }
            }
            return
        }
        var end = end
        var size = 16 << 10
        // The end of a line whose beginning is yet to be read.
        var rest: [UInt8] = []
        while end > header.start {
            let start = max(header.start, end - size)
            let piece = try file.read(end - start, at: Int64(start)) + rest
            let first = start == header.start ? 0 : piece.firstIndex(of: .newline).map { $0 + 1 }
            if let first {
                rest = Array(piece[..<first])
                guard try take(Array(piece[first...]), body) else { return }
            } else {
                rest = piece
            }
            end = start
            size = min(size * 2, Self.largest)
        }
    }

    /// Takes whole records, the last first.
    private mutating func take(_ piece: [UInt8], _ body: (MetricsRow) -> Bool) throws(SystemCallError) -> Bool {
        bytes += piece.count
        for range in header.records.ranges(in: piece, limit: limit, isEnd: true).ranges.reversed() {
            if case .row(let row) = header.read(piece[range], selection), !body(row) { return false }
        }
        return true
    }

    /// Cuts what was read into stretches of whole records, which only reading it from its beginning finds.
    private mutating func stretches(_ file: borrowing OwnedDescriptor) throws(SystemCallError) -> [Range<Int>] {
        var stretches: [Range<Int>] = []
        var start = header.start
        var isSkipping = false
        while start < end {
            let piece = try file.read(min(end - start, Self.largest + limit), at: Int64(start))
            if piece.isEmpty { break }
            bytes += piece.count
            if isSkipping {
                isSkipping = !piece.contains(.newline)
                start += piece.firstIndex(of: .newline).map { $0 + 1 } ?? piece.count
                continue
            }
            let rest = header.records.ranges(in: piece, limit: limit, isEnd: start + piece.count >= end).rest
            if rest > 0 { stretches.append(start..<(start + rest)) }
            // A piece has room for a record that is taken, so what fills one without an end is passed over.
            isSkipping = rest == 0
            start += rest == 0 ? piece.count : rest
        }
        return stretches
    }
}
