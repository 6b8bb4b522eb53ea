import Bytes
import JSON
import SystemCalls
import SystemPackage

/// The index of the claims as it was when their log had this end, in a file beside the log; derived, and never relied on.
///
/// A start reads it and what was claimed since, instead of the whole log. One that is missing, damaged, of another form or
/// of another log costs a start that reads all.
struct ClaimSnapshot {
    /// What tells whose it is.
    private struct Head: Codable {
        /// Since 2 a marker is found by the bytes of its path.
        static let newest = 2

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

    private static let largest = 1 << 32

    private static func path(of log: FilePath) -> FilePath {
        log.removingLastComponent().appending("claims.index")
    }

    /// Reads the one of a log; nil when there is none that is its own.
    init?(of log: FilePath) {
        do {
            let path = Self.path(of: log)
            guard try FileStatus.ifPresent(path) != nil, let status = try FileStatus.ifPresent(log) else { return nil }
            let bytes = try OwnedDescriptor(opening: path, .readOnly, options: .noFollow).readToEnd(limit: Self.largest)
            guard bytes.count > 40, SHA256.digest(of: Array(bytes[32...])).bytes == Array(bytes[..<32]) else {
                return nil
            }
            var reader = FixedWidthReader(bytes, at: 32)
            let length = Int(reader.next(Int64.self))
            guard length > 0, 40 + length <= bytes.count else { return nil }
            head = try JSON(parsing: Array(bytes[40..<(40 + length)])).decode(Head.self)
            guard head.format == Head.newest, head.log == status.inode, head.end <= Int(status.size),
                try RecordLog.checksum(at: head.lastOffset, in: log) == head.lastChecksum
            else { return nil }
            index = try ClaimIndex(snapshot: Array(bytes[(40 + length)...]))
        } catch {
            return nil
        }
    }

    /// Writes the one of a log; `last` is where its last record begins.
    static func write(
        _ index: ClaimIndex, of log: borrowing RecordLog, last: Int, live: [Int: Int], wiped: Int
    ) throws {
        guard let checksum = try RecordLog.checksum(at: last, in: log.path) else { return }
        let head = try JSON.encode(
            Head(
                log: try log.inode(), end: log.end, lastOffset: last, lastChecksum: checksum, live: live, wiped: wiped)
        ).bytes()
        var content: [UInt8] = []
        content.append(fixed: Int64(head.count))
        content += head
        content += try index.snapshot()
        try DurableFile.write(SHA256.digest(of: content).bytes + content, to: path(of: log.path))
    }

    /// Removes the one of a log, because that is replaced.
    static func remove(of log: FilePath) throws(SystemCallError) {
        let path = path(of: log)
        if try FileStatus.ifPresent(path) != nil { try FileSystem.remove(path) }
    }
}
