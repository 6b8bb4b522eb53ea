internal import Bytes
internal import SystemCalls
internal import SystemPackage

/// What stat says of a file by which it is known again without being read.
struct FileStamp: Hashable, Sendable {
    var inode: UInt64
    var device: UInt64
    var size: Int64
    var modified: Int64
    /// When anything of it last changed; 0 when that is so near to the look at it that a later change may not show.
    var changed: Int64

    init(_ status: FileStatus) {
        inode = status.inode
        device = status.device
        size = status.size
        modified = status.modified
        changed = status.changed
    }

    init(inode: UInt64, device: UInt64, size: Int64, modified: Int64, changed: Int64) {
        self.inode = inode
        self.device = device
        self.size = size
        self.modified = modified
        self.changed = changed
    }
}

/// What is known of a file's content.
struct KnownContent: Hashable, Sendable {
    /// What was found out about it, which may be written down.
    struct Findings: OptionSet, Hashable, Sendable {
        let rawValue: UInt8
        /// The store has the content as it is.
        static let isStored = Findings(rawValue: 1)
        /// It was looked through, and has no secret.
        static let isClean = Findings(rawValue: 2)
        /// It was looked through, and has one.
        static let hasSecret = Findings(rawValue: 4)
    }

    /// What a tree has of it: the content as it is, or what is left of that without its secrets.
    var id: ObjectID
    var findings: Findings
}

/// The files and trees of a store's last snapshot: what is in it need neither be read nor written again.
///
/// In the file (`known`) stand a header, one record of fixed length a file, sorted by inode, and the ids of the trees, sorted.
/// It is no more than a memory: without it, or when it is damaged, everything is read once more.
final class KnownFiles {
    private let bytes: [UInt8]
    /// How many files it has.
    let count: Int
    private let treeCount: Int

    private static let magic = Array("TWKNOWN1".utf8)
    private static let headerSize = 32
    private static let recordSize = 64

    /// No files.
    init() { (bytes, count, treeCount) = ([], 0, 0) }

    /// Reads the file at `path`; one that is missing or damaged has nothing.
    init(at path: FilePath) {
        var (count, treeCount) = (0, 0)
        var found: [UInt8] = []
        if let file = try? OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking]),
            let read = try? file.readToEnd(limit: 1 << 30), read.count >= Self.headerSize, read.starts(with: Self.magic)
        {
            read.withUnsafeBytes { buffer in
                let files = Int(clamping: buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                let trees = Int(clamping: buffer.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
                let body = files.multipliedReportingOverflow(by: Self.recordSize)
                guard !body.overflow, files >= 0, trees >= 0, trees < read.count,
                    read.count == Self.headerSize + body.partialValue + trees * ObjectID.byteCount,
                    buffer.loadUnaligned(fromByteOffset: 24, as: UInt32.self)
                        == Self.checksum(read[Self.headerSize...])
                else { return }
                (count, treeCount) = (files, trees)
            }
            found = read
        }
        (bytes, self.count, self.treeCount) = (found, count, treeCount)
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var checksum = CRC32()
        checksum.update(bytes.span.bytes)
        return checksum.value
    }

    /// What is known of the file that stat says this of; nil when it is new or has changed.
    func content(_ stamp: FileStamp) -> KnownContent? {
        bytes.withUnsafeBytes { buffer in
            var (low, high) = (0, count)
            while low < high {
                let middle = (low + high) / 2
                let place = Self.headerSize + middle * Self.recordSize
                let inode = buffer.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                if inode < stamp.inode {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            while low < count {
                let record = UnsafeRawBufferPointer(
                    rebasing: buffer[(Self.headerSize + low * Self.recordSize)...].prefix(Self.recordSize))
                guard record.loadUnaligned(as: UInt64.self) == stamp.inode else { return nil }
                if Self.stamp(record) == stamp, stamp.changed != 0 { return Self.content(record) }
                low += 1
            }
            return nil
        }
    }

    /// Whether the last snapshot had this tree.
    func hasTree(_ id: ObjectID) -> Bool {
        bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress.map({ $0 + Self.headerSize + count * Self.recordSize }) else {
                return false
            }
            var (low, high) = (0, treeCount)
            while low < high {
                let middle = (low + high) / 2
                let found = ObjectID(start + middle * ObjectID.byteCount)
                if found == id { return true }
                if found < id { low = middle + 1 } else { high = middle }
            }
            return false
        }
    }

    private static func stamp(_ record: UnsafeRawBufferPointer) -> FileStamp {
        FileStamp(
            inode: record.loadUnaligned(as: UInt64.self),
            device: record.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            size: record.loadUnaligned(fromByteOffset: 16, as: Int64.self),
            modified: record.loadUnaligned(fromByteOffset: 24, as: Int64.self),
            changed: record.loadUnaligned(fromByteOffset: 32, as: Int64.self))
    }

    private static func content(_ record: UnsafeRawBufferPointer) -> KnownContent? {
        guard let start = record.baseAddress else { return nil }
        return KnownContent(
            id: ObjectID(start + 40),
            findings: .init(
                rawValue: UInt8(truncatingIfNeeded: record.loadUnaligned(fromByteOffset: 60, as: UInt32.self))))
    }

    // MARK: Writing

    private static let pieceSize = 1 << 16

    /// Writes a file that knows these, piece by piece, from its beginning on.
    static func write(
        _ files: FilesByInode, trees: [ObjectID], to file: borrowing OwnedDescriptor
    ) throws(SystemCallError) {
        var checksum = CRC32()
        var place = Int64(headerSize)
        var piece: [UInt8] = []
        piece.reserveCapacity(pieceSize + recordSize)
        func flush(_ piece: inout [UInt8]) throws(SystemCallError) {
            checksum.update(piece.span.bytes)
            try file.write(piece, at: place)
            place += Int64(piece.count)
            piece.removeAll(keepingCapacity: true)
        }
        try files.forEach { (stamp, content) throws(SystemCallError) in
            append(stamp.inode, to: &piece)
            append(stamp.device, to: &piece)
            append(stamp.size, to: &piece)
            append(stamp.modified, to: &piece)
            append(stamp.changed, to: &piece)
            content.id.append(to: &piece)
            append(UInt32(content.findings.rawValue), to: &piece)
            if piece.count >= pieceSize { try flush(&piece) }
        }
        for tree in trees.sorted() {
            tree.append(to: &piece)
            if piece.count >= pieceSize { try flush(&piece) }
        }
        try flush(&piece)
        var header = magic
        append(UInt64(files.count), to: &header)
        append(UInt64(trees.count), to: &header)
        append(UInt64(checksum.value), to: &header)
        try file.write(header, at: 0)
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
    }
}
