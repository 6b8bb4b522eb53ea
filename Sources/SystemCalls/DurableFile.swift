internal import Glibc
public import SystemPackage

/// A file that is there whole or not at all: written beside its place under another name, brought to the device, then
/// renamed, and the rename brought to the device too.
///
/// Until `commit` nothing is to be seen at the place; an owner that lets go without it removes what was written. What a
/// killed process leaves behind is told by `isLeftover`.
public struct DurableFile: ~Copyable, Sendable {
    private let directory: OwnedDescriptor
    private let file: OwnedDescriptor
    private let temporary: FilePath
    private let name: FilePath
    private let path: FilePath
    private var isCommitted = false

    /// Begins a file that is to be at `path`, whose directory is there already.
    public init(
        at path: FilePath, permissions: FilePermissions = [.ownerRead, .ownerWrite]
    ) throws(SystemCallError) {
        guard let last = path.lastComponent else {
            throw SystemCallError(call: "open", subject: path.shown, errno: .isDirectory)
        }
        let parent = path.removingLastComponent()
        let directory = try OwnedDescriptor(directory: parent.isEmpty ? "." : parent)
        // A random name, and never one that is there: two writers of one place must not write into one file.
        let suffix = String(UInt64.random(in: .min ... .max), radix: 36)
        let temporary = FilePath(DurableFile.prefix + suffix + DurableFile.suffix)
        let file = try directory.open(
            temporary, .readWrite, options: [.create, .exclusiveCreate, .noFollow], permissions: permissions)
        self.directory = directory
        self.file = file
        self.temporary = temporary
        self.path = path
        name = FilePath(root: nil, [last])
    }

    deinit {
        // Nothing can be told from here, and `isLeftover` finds what stays.
        if !isCommitted { try? directory.remove(temporary) }
    }

    /// Writes further bytes.
    public borrowing func write(_ bytes: [UInt8]) throws(SystemCallError) {
        try write(bytes.span.bytes)
    }

    /// Writes further bytes.
    public borrowing func write(_ bytes: RawSpan) throws(SystemCallError) {
        do throws(SystemCallError) { try file.write(bytes) } catch { throw error.about(path) }
    }

    /// Gives the file exactly these permissions, whatever the process's mask takes from a new file (fchmod(2)).
    public borrowing func setPermissions(_ permissions: FilePermissions) throws(SystemCallError) {
        let number = file.number
        try checked("fchmod", path.shown) { fchmod(number, mode_t(permissions.rawValue)) }
    }

    /// Puts the file in its place; when this returns it is there after a power failure, too.
    ///
    /// Without `replacing`, a place that is taken is `EEXIST`. After a failure the place holds what it held before, or
    /// the new file whole.
    public consuming func commit(replacing: Bool = true) throws(SystemCallError) {
        do throws(SystemCallError) {
            try file.synchronize()
            try directory.rename(temporary, to: name, replacing: replacing)
            isCommitted = true
            try directory.synchronize()
        } catch {
            throw error.about(path)
        }
    }

    /// Writes a whole file durably, in place of what may be there.
    public static func write(
        _ bytes: [UInt8], to path: FilePath, replacing: Bool = true,
        permissions: FilePermissions = [.ownerRead, .ownerWrite]
    ) throws(SystemCallError) {
        let file = try DurableFile(at: path, permissions: permissions)
        try file.write(bytes)
        try file.commit(replacing: replacing)
    }

    /// Whether this is the name of a file that was begun: without a live process behind it, it can be removed.
    public static func isLeftover(_ name: FilePath.Component) -> Bool {
        name.string.hasPrefix(prefix) && name.string.hasSuffix(suffix)
    }

    private static let prefix = ".durable-"
    private static let suffix = ".tmp"
}
