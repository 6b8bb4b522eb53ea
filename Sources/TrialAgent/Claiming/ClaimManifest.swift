import Bytes
import JSON
import SystemCalls
import SystemPackage

/// The index of the claims as it was when their log had this end: what of it is in memory, and which segments hold the rest.
/// It is in a file beside the log; derived, and never relied on.
///
/// A start reads it and what was claimed since, instead of the whole log. One that is missing, damaged, of another form or
/// of another log, or of whose segments one is so, costs a start that reads all.
struct ClaimManifest {
    /// What tells whose it is, and what it names.
    private struct Head: Codable {
        /// Since 2 a marker is found by the bytes of its path; since 3 most is in segments.
        static let newest = 3

        var format = Self.newest
        /// The inode of the log.
        var log: UInt64
        var end: Int
        /// Where the last record before the end begins, and its checksum.
        var lastOffset: Int
        var lastChecksum: [UInt8]
        /// By sequence number, claims that are not settled.
        var live: [Int: Int]
        var wiped: Int
        /// Rows of each table that are in this file.
        var recent: [Int]
        /// From the oldest.
        var segments: [ClaimSegment.Description]
    }

    private var head: Head
    let index: ClaimIndex

    /// What was covered of the log.
    var end: Int { head.end }
    /// Where the last record before the end begins.
    var lastOffset: Int { head.lastOffset }
    /// By sequence number, where claims stood that were not settled then.
    var live: [Int: Int] { head.live }
    /// How many bytes of the log were wiped by then.
    var wiped: Int { head.wiped }
    /// Bytes of its file.
    let size: Int

    private static let largest = 1 << 32

    private static func path(of log: FilePath) -> FilePath {
        log.removingLastComponent().appending("claims.index")
    }

    /// Reads the one of a log; nil when there is none that is its own.
    init?(of log: FilePath, keeping rowsKept: Int, synchronizeContent: @escaping SpoolFiles.Synchronize) {
        do {
            let path = Self.path(of: log)
            guard try FileStatus.ifPresent(path) != nil, let status = try FileStatus.ifPresent(log) else { return nil }
            let bytes = try OwnedDescriptor(opening: path, .readOnly, options: .noFollow).readToEnd(limit: Self.largest)
            guard bytes.count > 40, SHA256.digest(of: Array(bytes[32...])).bytes == Array(bytes[..<32]) else {
                return nil
            }
            let length = bytes.fixed(at: 32, as: Int64.self)
            guard length > 0, length <= bytes.count - 40 else { return nil }
            head = try JSON(parsing: Array(bytes[40..<(40 + Int(length))])).decode(Head.self)
            guard head.format == Head.newest, head.log == status.inode, head.end <= Int(status.size),
                ClaimTable.areSound(head.recent),
                try RecordLog.checksum(at: head.lastOffset, in: log) == head.lastChecksum
            else { return nil }
            var segments: [ClaimSegment] = []
            for described in head.segments {
                let file = ClaimSegment.path(described.number, beside: log)
                guard let segment = try ClaimSegment(checking: described, at: file) else { return nil }
                segments.append(segment)
            }
            var index = ClaimIndex(
                try ClaimSegments(segments, beside: log, synchronizeContent: synchronizeContent), keeping: rowsKept)
            try index.take(bytes[(40 + Int(length))...], counts: head.recent)
            self.index = index
            size = bytes.count
        } catch {
            return nil
        }
    }

    /// Writes the one of a log, whose last record begins at `last`; gives the size of the file.
    ///
    /// When this returns, segments that are not of this index may be removed.
    static func write(
        _ index: ClaimIndex, of log: borrowing RecordLog, last: Int, live: [Int: Int], wiped: Int
    ) throws -> Int {
        guard let checksum = try RecordLog.checksum(at: last, in: log.path) else {
            throw SystemCallError(call: "pread", subject: log.path.shown, errno: .ioError)
        }
        let head = try JSON.encode(
            Head(
                log: try log.inode(), end: log.end, lastOffset: last, lastChecksum: checksum, live: live, wiped: wiped,
                recent: index.recent.counts, segments: index.segments.list.map(\.description))
        ).bytes()
        var content: [UInt8] = []
        content.append(fixed: Int64(head.count))
        content += head
        content += try index.remembered()
        try DurableFile.write(SHA256.digest(of: content).bytes + content, to: path(of: log.path))
        return 32 + content.count
    }

    /// Removes the one of a log, because that is replaced.
    static func remove(of log: FilePath) throws(SystemCallError) {
        let path = path(of: log)
        if try FileStatus.ifPresent(path) != nil { try FileSystem.remove(path) }
    }
}
