internal import CLinux
internal import Glibc
public import SystemPackage

/// A name in a directory, and what it stands for.
public struct DirectoryEntry: Hashable, Sendable {
    /// The name; it may hold bytes that are no UTF-8.
    public var name: FilePath.Component
    /// What it stands for; a link is not followed.
    public var kind: FileKind
    /// The file's number on its device.
    public var inode: UInt64
}

extension OwnedDescriptor {
    /// Calls `body` with each entry of this directory but `.` and `..`, in the directory's own order (getdents64(2)).
    ///
    /// What is made or removed meanwhile may or may not be among them. Each call begins at the directory's start; a
    /// directory that was `justOpened` is there. Of the entries that are wanted by name only those come.
    public borrowing func forEachEntry(
        justOpened: Bool = false, where isWanted: (UnsafeBufferPointer<UInt8>) -> Bool = { _ in true },
        _ body: (DirectoryEntry) -> Void
    ) throws(SystemCallError) {
        let number = number
        try forEachName(justOpened: justOpened) { name, kind, inode in
            // A component costs much to make.
            guard isWanted(name),
                let text = UnsafeRawPointer(name.baseAddress)?.assumingMemoryBound(to: CInterop.PlatformChar.self),
                let component = FilePath.Component(platformString: text)
            else { return }
            var kind = kind
            if kind == .unknown {
                // Some file systems tell no kind here (getdents64(2)); an entry that is gone by now stays unknown.
                var raw = stat()
                if fstatat(number, text, &raw, AT_SYMLINK_NOFOLLOW) == 0 { kind = FileKind(mode: raw.st_mode) }
            }
            body(DirectoryEntry(name: component, kind: kind, inode: inode))
        }
    }

    /// Calls `body` with each name in this directory but `.` and `..`, what it stands for where the directory tells, and its
    /// number (getdents64(2)).
    ///
    /// The name has a zero behind it, which is not counted, and lives only as long as the call. Each call begins at the
    /// directory's start; a directory that was `justOpened` is there.
    public borrowing func forEachName(
        justOpened: Bool = false, _ body: (UnsafeBufferPointer<UInt8>, FileKind, UInt64) -> Void
    ) throws(SystemCallError) {
        let number = number
        if !justOpened { try checked("lseek") { lseek(number, 0, SEEK_SET) } }
        try withTemporaryBuffer(32 * 1024) { (buffer) throws(SystemCallError) in
            while true {
                let filled = try checked("getdents64") {
                    clinux_getdents64(number, buffer.baseAddress, UInt(buffer.count))
                }
                guard filled > 0, let start = buffer.baseAddress else { return }
                var place = 0
                while place < filled {
                    let record = start + place
                    place += Int(record.loadUnaligned(fromByteOffset: Record.length, as: UInt16.self))
                    let name = (record + Record.name).assumingMemoryBound(to: UInt8.self)
                    let count = strlen(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
                    if name[0] == 0x2E && (count == 1 || count == 2 && name[1] == 0x2E) { continue }
                    body(
                        UnsafeBufferPointer(start: name, count: count),
                        FileKind(entryType: record.load(fromByteOffset: Record.kind, as: UInt8.self)),
                        record.loadUnaligned(fromByteOffset: Record.inode, as: UInt64.self))
                }
            }
        }
    }

    /// The entries of this directory but `.` and `..`, or those that are wanted by name, in the directory's own order.
    public borrowing func entries(
        where isWanted: (UnsafeBufferPointer<UInt8>) -> Bool = { _ in true }
    ) throws(SystemCallError) -> [DirectoryEntry] {
        var entries: [DirectoryEntry] = []
        try forEachEntry(where: isWanted) { entries.append($0) }
        return entries
    }

    /// Makes a directory in this one.
    public borrowing func makeDirectory(
        _ path: FilePath, permissions: FilePermissions = .ownerReadWriteExecute
    ) throws(SystemCallError) {
        let number = number
        try checked("mkdirat", path.shown) {
            path.withPlatformString { mkdirat(number, $0, mode_t(permissions.rawValue)) }
        }
    }
}

extension FileSystem {
    /// The entries of a directory but `.` and `..`, in the directory's own order.
    public static func entries(of directory: FilePath) throws(SystemCallError) -> [DirectoryEntry] {
        try OwnedDescriptor(directory: directory).entries()
    }

    /// Makes one directory; `EEXIST` when something is there.
    public static func makeDirectory(
        _ path: FilePath, permissions: FilePermissions = .ownerReadWriteExecute
    ) throws(SystemCallError) {
        try checked("mkdir", path.shown) { path.withPlatformString { mkdir($0, mode_t(permissions.rawValue)) } }
    }

    /// Makes a directory and whatever is missing above it; one that is there already is left as it is.
    public static func makeDirectories(
        _ path: FilePath, permissions: FilePermissions = .ownerReadWriteExecute
    ) throws(SystemCallError) {
        do throws(SystemCallError) {
            try makeDirectory(path, permissions: permissions)
        } catch {
            switch error.errno {
            case .fileExists:
                if try FileStatus(of: path, followingLinks: true).kind != .directory { throw error }
            case .noSuchFileOrDirectory:
                let parent = path.removingLastComponent()
                if parent.isEmpty || parent == path { throw error }
                try makeDirectories(parent, permissions: permissions)
                do throws(SystemCallError) {
                    try makeDirectory(path, permissions: permissions)
                } catch {
                    // Somebody else may have made it since.
                    if error.errno != .fileExists { throw error }
                }
            default: throw error
            }
        }
    }
}

/// The layout of `linux_dirent64` (getdents64(2)).
private enum Record {
    static let inode = 0
    static let length = 16
    static let kind = 18
    static let name = 19
}

extension FileKind {
    fileprivate init(entryType: UInt8) {
        switch Int(entryType) {
        case DT_REG: self = .regular
        case DT_DIR: self = .directory
        case DT_LNK: self = .symbolicLink
        case DT_FIFO: self = .fifo
        case DT_SOCK: self = .socket
        case DT_BLK: self = .blockDevice
        case DT_CHR: self = .characterDevice
        default: self = .unknown
        }
    }
}

/// Lends a buffer that lives only as long as the call.
func withTemporaryBuffer<Value>(
    _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(SystemCallError) -> Value
) throws(SystemCallError) -> Value {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { buffer.deallocate() }
    return try body(buffer)
}
