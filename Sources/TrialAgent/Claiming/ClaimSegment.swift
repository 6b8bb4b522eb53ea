import Bytes
import SystemCalls
import SystemPackage

/// A file with the tables of older claims, one after the other, each in the order of its fingerprints; it never changes.
///
/// Nothing of it is kept in memory. Fingerprints lie evenly, so that where a row is can be guessed closely.
final class ClaimSegment: Sendable {
    /// What tells that a file is whole, and where its tables are.
    struct Description: Codable, Sendable {
        let number: Int
        /// Rows of each table.
        let counts: [Int]
        /// SHA-256 of the file.
        let digest: [UInt8]

        /// Bytes of the file.
        var length: Int { zip(counts, ClaimTable.allCases).reduce(0) { $0 + $1.0 * $1.1.width } }

        /// False for what no version of this form has written.
        var isSound: Bool { number > 0 && ClaimTable.areSound(counts) }
    }

    let description: Description
    private let file: OwnedDescriptor

    /// Bytes that a lookup reads at once, and one that reads from the beginning to the end.
    private static let glance = 8 << 10
    private static let piece = 64 << 10
    /// How often a place is guessed; after that the middle is taken, whatever the fingerprints are.
    private static let guesses = 4

    /// Opens a file that was just written.
    init(written description: Description, at path: FilePath) throws(SystemCallError) {
        self.description = description
        file = try OwnedDescriptor(opening: path, .readOnly, options: .noFollow)
    }

    /// Opens a file and reads it to its end; nil when it is not the one that was described.
    init?(checking description: Description, at path: FilePath) throws(SystemCallError) {
        guard description.isSound else { return nil }
        let file = try OwnedDescriptor(opening: path, .readOnly, options: .noFollow)
        guard try Int(file.status().size) == description.length else { return nil }
        var digest = DigestContext<SHA256>()
        for place in stride(from: 0, to: description.length, by: Self.piece) {
            digest.update(try file.read(Self.piece, at: Int64(place)))
        }
        guard digest.finish().bytes == description.digest else { return nil }
        self.description = description
        self.file = file
    }

    /// The file of a number beside a log.
    static func path(_ number: Int, beside log: FilePath) -> FilePath {
        log.removingLastComponent().appending("\(prefix)\(number)")
    }

    /// The numbers of the files that are beside a log.
    static func numbers(beside log: FilePath) throws(SystemCallError) -> [Int] {
        try FileSystem.entries(of: log.removingLastComponent()).compactMap { entry in
            let name = entry.name.string
            return name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count)) : nil
        }
    }

    private static let prefix = "claims.index."

    /// Rows of a table.
    func count(of table: ClaimTable) -> Int { description.counts[table.rawValue] }

    /// Rows of a table from one on; fewer than wished for only at its end.
    func rows(of table: ClaimTable, from first: Int, atMost count: Int) throws(SystemCallError) -> [UInt8] {
        let count = min(count, self.count(of: table) - first)
        let start = zip(description.counts, ClaimTable.allCases).prefix(table.rawValue)
            .reduce(0) { $0 + $1.0 * $1.1.width }
        let bytes = try file.read(count * table.width, at: Int64(start + first * table.width))
        guard bytes.count == count * table.width else {
            // Nobody may have cut it off: what cannot be read is not for that unknown.
            throw SystemCallError(call: "pread", subject: Self.prefix + "\(description.number)", errno: .ioError)
        }
        return bytes
    }

    /// The row of a fingerprint; nil when the table has none.
    func row(of key: Fingerprint, in table: ClaimTable) throws(SystemCallError) -> [UInt8]? {
        let width = table.width
        let room = Self.glance / width
        /// Rows among which it is, and what their fingerprints are between.
        var (first, end) = (0, count(of: table))
        var (low, high) = (0.0, Double(UInt64.max))
        var tries = 0
        while first < end {
            let share = tries < Self.guesses ? (Double(key.high) - low) / max(high - low, 1) : 0.5
            let guess = first + Int(share * Double(end - first))
            let start = max(first, min(guess - room / 2, end - room))
            let rows = try rows(of: table, from: start, atMost: min(room, end - start))
            let count = rows.count / width
            let (lowest, highest) = (Fingerprint(in: rows, at: 0), Fingerprint(in: rows, at: rows.count - width))
            if key < lowest {
                (end, high) = (start, Double(lowest.high))
            } else if key > highest {
                (first, low) = (start + count, Double(highest.high))
            } else {
                return Self.row(of: key, among: rows, width)
            }
            tries += 1
        }
        return nil
    }

    private static func row(of key: Fingerprint, among rows: [UInt8], _ width: Int) -> [UInt8]? {
        var (first, end) = (0, rows.count / width)
        while first < end {
            let middle = (first + end) / 2
            let found = Fingerprint(in: rows, at: middle * width)
            if found == key { return Array(rows[(middle * width)..<((middle + 1) * width)]) }
            if found < key { first = middle + 1 } else { end = middle }
        }
        return nil
    }
}
