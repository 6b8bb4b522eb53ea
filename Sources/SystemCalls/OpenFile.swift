internal import CLinux
internal import Glibc
public import SystemPackage

extension OwnedDescriptor {
    /// Opens a file by its path (open(2)).
    public init(
        opening path: FilePath, _ access: FileDescriptor.AccessMode, options: FileDescriptor.OpenOptions = [],
        permissions: FilePermissions = [.ownerRead, .ownerWrite]
    ) throws(SystemCallError) {
        self.init(owning: try openFile(AT_FDCWD, path, access, options, permissions))
    }

    /// Opens a directory by its path; its entries can then be named relative to it.
    public init(directory path: FilePath, followingLinks: Bool = true) throws(SystemCallError) {
        let options: FileDescriptor.OpenOptions = followingLinks ? .directory : [.directory, .noFollow]
        self.init(owning: try openFile(AT_FDCWD, path, .readOnly, options, []))
    }

    /// Opens a file by a path that is relative to this directory (openat(2)).
    public borrowing func open(
        _ path: FilePath, _ access: FileDescriptor.AccessMode, options: FileDescriptor.OpenOptions = [],
        permissions: FilePermissions = [.ownerRead, .ownerWrite]
    ) throws(SystemCallError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try openFile(number, path, access, options, permissions))
    }

    /// Opens a directory below this one, not following a link in its last component.
    public borrowing func openDirectory(_ path: FilePath) throws(SystemCallError) -> OwnedDescriptor {
        try open(path, .readOnly, options: [.directory, .noFollow])
    }

    /// Opens for reading what lies below this directory, following no link at all and blocking on no FIFO or device.
    ///
    /// A path that leaves the directory, or is absolute, is `EXDEV`; a link anywhere in it is `ELOOP` (openat2(2)).
    /// The file may be of any kind: look at `status()` before reading. `leavingNoTrace`, reading does not change when it was
    /// last accessed, where the file is the caller's own.
    public borrowing func openBeneath(
        _ path: FilePath, options: FileDescriptor.OpenOptions = [], leavingNoTrace: Bool = false
    ) throws(SystemCallError) -> OwnedDescriptor {
        var how = open_how()
        let flags = options.rawValue | O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        how.flags = UInt64(UInt32(bitPattern: leavingNoTrace ? flags | clinux_open_noatime : flags))
        how.resolve = UInt64(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)
        let number = number
        var attempts = 0
        while true {
            do throws(SystemCallError) {
                let opened = try checked("openat2", path.shown) {
                    path.withPlatformString { clinux_openat2(number, $0, &how) }
                }
                return OwnedDescriptor(owning: opened)
            } catch {
                // open(2): EPERM means that the file is another user's.
                if leavingNoTrace, error.errno == .notPermitted { return try openBeneath(path, options: options) }
                // openat2(2): EAGAIN means that something was renamed while the path was walked.
                attempts += 1
                if error.errno != .resourceTemporarilyUnavailable || attempts == 16 { throw error }
            }
        }
    }
}

private func openFile(
    _ directory: Int32, _ path: FilePath, _ access: FileDescriptor.AccessMode,
    _ options: FileDescriptor.OpenOptions, _ permissions: FilePermissions
) throws(SystemCallError) -> Int32 {
    let flags = access.rawValue | options.rawValue | O_CLOEXEC | O_NOCTTY
    return try checked("openat", path.shown) {
        path.withPlatformString { openat(directory, $0, flags, mode_t(permissions.rawValue)) }
    }
}
