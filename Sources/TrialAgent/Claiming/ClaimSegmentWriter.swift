import Bytes
import SystemCalls
import SystemPackage

/// A segment in the making, row by row, table by table; it is a segment when all of it is on the device.
///
/// An owner that lets go of it without `finish` removes what was written.
struct ClaimSegmentWriter: ~Copyable {
    private let number: Int
    private let path: FilePath
    private let file: OwnedDescriptor
    private let synchronizeContent: SpoolFiles.Synchronize
    private var counts = ClaimTable.allCases.map { _ in 0 }
    private var digest = DigestContext<SHA256>()
    private var pending: [UInt8] = []
    private var unsynchronized = 0
    private var isFinished = false

    private static let piece = 64 << 10
    /// What is brought to the device at once holds back nobody for long.
    private static let unsynchronizedTolerated = 4 << 20

    /// Begins the file of a number beside a log; `EEXIST` when something has its name.
    init(
        _ number: Int, beside log: FilePath, synchronizeContent: @escaping SpoolFiles.Synchronize
    ) throws(SystemCallError) {
        self.number = number
        self.synchronizeContent = synchronizeContent
        path = ClaimSegment.path(number, beside: log)
        file = try OwnedDescriptor(
            opening: path, .writeOnly, options: [.create, .exclusiveCreate, .noFollow],
            permissions: [.ownerRead, .ownerWrite])
    }

    deinit {
        // What stays is removed by the next start.
        if !isFinished { try? FileSystem.remove(path) }
    }

    /// Adds rows of a table, which come after all that were added before.
    mutating func append(_ rows: ArraySlice<UInt8>, of table: ClaimTable) throws(SystemCallError) {
        counts[table.rawValue] += rows.count / table.width
        pending += rows
        if pending.count >= Self.piece { try flush() }
    }

    private mutating func flush() throws(SystemCallError) {
        try file.write(pending)
        digest.update(pending)
        unsynchronized += pending.count
        pending.removeAll(keepingCapacity: true)
        if unsynchronized >= Self.unsynchronizedTolerated {
            try synchronizeContent(file)
            unsynchronized = 0
        }
    }

    /// The segment, which is there after a power failure, too.
    consuming func finish() throws(SystemCallError) -> ClaimSegment {
        try flush()
        try synchronizeContent(file)
        try OwnedDescriptor(directory: path.removingLastComponent()).synchronize()
        let segment = try ClaimSegment(
            written: ClaimSegment.Description(number: number, counts: counts, digest: digest.copy().finish().bytes),
            at: path)
        isFinished = true
        return segment
    }
}
