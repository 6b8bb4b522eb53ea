internal import Bytes
internal import Pickle
internal import SystemCalls
internal import SystemPackage

/// A pickle of ours on the disk: its last text says the SHA-256 of all bytes before it, so that whatever Python makes of
/// it is never taken for ours, whoever copies it or puts it back.
struct PickleFile: ~Copyable {
    /// What tells a file from another, and from itself after a change, without reading it.
    struct Identity: Equatable {
        var inode: UInt64
        var size: Int64
        var modified: Int64

        init(_ status: FileStatus) {
            inode = status.inode
            size = status.size
            modified = status.modified
        }
    }

    /// Whose pickle is there.
    enum Owner: Equatable {
        case nobody
        case ours(Identity)
        case others
    }

    private static let mark = "trialwatch sha256:"
    /// BINUNICODE with its count, the mark, the digits, POP, STOP.
    private static let suffix = 5 + mark.utf8.count + 2 * SHA256.byteCount + 2

    private let file: OwnedDescriptor
    private var digest = DigestContext<SHA256>()

    /// Begins a pickle in a file that is to be renamed when it is whole.
    init(writing temporary: FilePath) throws(SystemCallError) {
        file = try OwnedDescriptor(opening: temporary, .readWrite, options: [.create, .truncate, .noFollow])
    }

    /// Writes further bytes.
    mutating func write(_ bytes: [UInt8]) throws(SystemCallError) {
        digest.update(bytes)
        try file.write(bytes)
    }

    /// Writes the end and brings the file to the device; says what the file is then known by.
    consuming func finish() throws(SystemCallError) -> Identity {
        var writer = PickleWriter.fragment()
        writer.comment(Self.mark + digest.finish().hex)
        writer.finish()
        try file.write(writer.bytes)
        try file.synchronize()
        return Identity(try file.status())
    }

    /// Looks whose pickle is at a place. One that is `known` is not read.
    static func owner(of path: FilePath, known: Identity?) throws(SystemCallError) -> Owner {
        guard let status = try FileStatus.ifPresent(path) else { return .nobody }
        let identity = Identity(status)
        if identity == known { return .ours(identity) }
        guard status.kind == .regular, status.size >= Int64(suffix) else { return .others }
        let file = try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
        let end = try file.read(suffix, at: status.size - Int64(suffix))
        // A file without our mark need not be read.
        guard end.dropFirst(5).starts(with: mark.utf8) else { return .others }
        let content = status.size - Int64(suffix)
        var digest = DigestContext<SHA256>()
        var place: Int64 = 0
        while place < content {
            let piece = try file.read(Int(min(1 << 20, content - place)), at: place)
            if piece.isEmpty { return .others }
            digest.update(piece)
            place += Int64(piece.count)
        }
        var writer = PickleWriter.fragment()
        writer.comment(mark + digest.finish().hex)
        writer.finish()
        let isUnchanged = Identity(try file.status()) == identity
        return isUnchanged && writer.bytes == end ? .ours(identity) : .others
    }
}
