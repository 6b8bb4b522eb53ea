internal import CLinux
internal import Glibc
public import SystemPackage

/// What a directory entry is.
public enum FileKind: Hashable, Sendable {
    case regular, directory, symbolicLink, fifo, socket, blockDevice, characterDevice
    /// A kind that this version of Linux has and we do not know.
    case unknown
}

/// A file's metadata (stat(2)).
public struct FileStatus: Hashable, Sendable {
    /// What it is.
    public var kind: FileKind
    /// Bytes; of a symbolic link, the length of its target.
    public var size: Int64
    /// The mode without the kind.
    public var permissions: FilePermissions
    /// The owner's user id.
    public var owner: UInt32
    /// The group id.
    public var group: UInt32
    /// The file's number on its device.
    public var inode: UInt64
    /// The device that the file is on.
    public var device: UInt64
    /// How many names the file has.
    public var links: UInt64
    /// When the content last changed, in nanoseconds since 1970.
    public var modified: Int64
    /// When content or metadata last changed, in nanoseconds since 1970.
    public var changed: Int64
    /// Bytes that it takes on the device: less than `size` for a sparse file.
    public var allocated: Int64

    /// The metadata of a path.
    public init(of path: FilePath, followingLinks: Bool = false) throws(SystemCallError) {
        self.init(try statusAt(AT_FDCWD, path, followingLinks))
    }

    /// The metadata of a path, or nil when nothing is there (`ENOENT`, `ENOTDIR`).
    public static func ifPresent(_ path: FilePath, followingLinks: Bool = false) throws(SystemCallError) -> FileStatus?
    {
        do throws(SystemCallError) {
            return try FileStatus(of: path, followingLinks: followingLinks)
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return nil }
            throw error
        }
    }

    init(_ raw: stat) {
        kind = FileKind(mode: raw.st_mode)
        size = Int64(raw.st_size)
        permissions = FilePermissions(rawValue: CInterop.Mode(raw.st_mode & 0o7777))
        owner = raw.st_uid
        group = raw.st_gid
        inode = UInt64(raw.st_ino)
        device = UInt64(raw.st_dev)
        links = UInt64(raw.st_nlink)
        modified = nanoseconds(raw.st_mtim)
        changed = nanoseconds(raw.st_ctim)
        // A file server may say anything.
        let (bytes, isFar) = Int64(raw.st_blocks).multipliedReportingOverflow(by: 512)
        allocated = isFar ? .max : bytes
    }
}

extension OwnedDescriptor {
    /// The metadata of the open file.
    public borrowing func status() throws(SystemCallError) -> FileStatus {
        var raw = stat()
        let number = number
        try checked("fstat") { fstat(number, &raw) }
        return FileStatus(raw)
    }

    /// The metadata of a path that is relative to this directory.
    public borrowing func status(of path: FilePath, followingLinks: Bool = false) throws(SystemCallError) -> FileStatus
    {
        FileStatus(try statusAt(number, path, followingLinks))
    }
}

extension OwnedDescriptor {
    /// The metadata of an entry of this directory, by the name that begins at a place among names with a zero behind each; a
    /// link is not followed.
    public borrowing func status(of names: [UInt8], at place: Int) throws(SystemCallError) -> FileStatus {
        var raw = stat()
        let number = number
        try checked("fstatat", shown(names, place)) {
            withName(names, place) { fstatat(number, $0, &raw, AT_SYMLINK_NOFOLLOW) }
        }
        return FileStatus(raw)
    }
}

extension FileKind {
    init(mode: mode_t) {
        switch mode & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = .directory
        case S_IFLNK: self = .symbolicLink
        case S_IFIFO: self = .fifo
        case S_IFSOCK: self = .socket
        case S_IFBLK: self = .blockDevice
        case S_IFCHR: self = .characterDevice
        default: self = .unknown
        }
    }
}

private func statusAt(_ directory: Int32, _ path: FilePath, _ followingLinks: Bool) throws(SystemCallError) -> stat {
    var raw = stat()
    try checked("fstatat", path.shown) {
        path.withPlatformString { fstatat(directory, $0, &raw, followingLinks ? 0 : AT_SYMLINK_NOFOLLOW) }
    }
    return raw
}

/// Nanoseconds since 1970, of the years from 1930 to 2199: a file may claim any time, and beyond these, where it is the nearest,
/// differences would not stay within 64 bits.
func nanoseconds(_ time: timespec) -> Int64 {
    let seconds = min(max(time.tv_sec, -1_262_304_000), 7_258_118_399)
    return Int64(seconds) * 1_000_000_000 + (seconds == time.tv_sec ? Int64(time.tv_nsec) : 0)
}
