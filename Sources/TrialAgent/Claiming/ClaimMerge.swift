import SystemCalls
import SystemPackage

/// Two segments on their way to be one, some rows at a time, in memory that does not grow with them.
final class ClaimMerge {
    let older: ClaimSegment
    let newer: ClaimSegment
    private var tables = ClaimTable.allCases[...]
    private var olderRows: Rows
    private var newerRows: Rows
    private var writer: ClaimSegmentWriter?

    /// The rows of a table of a segment that are not taken yet.
    private struct Rows {
        let segment: ClaimSegment
        let table: ClaimTable
        private var next = 0
        private var bytes: [UInt8] = []
        private var place = 0

        private static let piece = 64 << 10

        init(_ segment: ClaimSegment, _ table: ClaimTable) {
            self.segment = segment
            self.table = table
        }

        /// The first one's fingerprint; nil when there is none any more.
        mutating func first() throws(SystemCallError) -> Fingerprint? {
            if place == bytes.count {
                guard next < segment.count(of: table) else { return nil }
                bytes = try segment.rows(of: table, from: next, atMost: Self.piece / table.width)
                next += bytes.count / table.width
                place = 0
            }
            return Fingerprint(in: bytes, at: place)
        }

        var row: ArraySlice<UInt8> { bytes[place..<(place + table.width)] }

        mutating func drop() { place += table.width }
    }

    /// Begins to write what two segments hold into one of another number.
    init(_ older: ClaimSegment, _ newer: ClaimSegment, into writer: consuming ClaimSegmentWriter) {
        self.older = older
        self.newer = newer
        self.writer = consume writer
        olderRows = Rows(older, .identities)
        newerRows = Rows(newer, .identities)
    }

    /// Takes about so many rows further; gives the segment when it is whole and on the device.
    ///
    /// After a failure, and when it is let go of before its end, nothing is left of it.
    func step(_ rows: Int) throws(SystemCallError) -> ClaimSegment? {
        var taken = 0
        while let table = tables.first {
            while taken < rows, try takeRow(of: table) { taken += 1 }
            if taken >= rows { return nil }
            tables.removeFirst()
            if let next = tables.first { (olderRows, newerRows) = (Rows(older, next), Rows(newer, next)) }
        }
        return try writer.take()?.finish()
    }

    private func takeRow(of table: ClaimTable) throws(SystemCallError) -> Bool {
        let (old, new) = (try olderRows.first(), try newerRows.first())
        guard let old else {
            guard new != nil else { return false }
            try writer?.append(newerRows.row, of: table)
            newerRows.drop()
            return true
        }
        guard let new, new <= old else {
            try writer?.append(olderRows.row, of: table)
            olderRows.drop()
            return true
        }
        if new < old || table.replaces(newerRows.row, olderRows.row) {
            try writer?.append(newerRows.row, of: table)
        } else {
            try writer?.append(olderRows.row, of: table)
        }
        newerRows.drop()
        if new == old { olderRows.drop() }
        return true
    }
}
