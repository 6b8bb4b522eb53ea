internal import CLinux
internal import Glibc
public import SystemPackage

/// The file system that a file is on (statfs(2)).
public struct Volume: Hashable, Sendable {
    /// The kind of file system, as in statfs(2)'s table of magic numbers.
    public var magic: UInt32
    /// The file system's own id, or 0 where it has none.
    public var identifier: UInt64
    /// Bytes that an unprivileged user may still take.
    public var availableBytes: Int64
    /// Bytes in all.
    public var totalBytes: Int64
    /// Files that may still be made, or nil where the file system has no fixed number of them.
    public var availableFiles: Int64?

    /// Whether other machines may change files here without this kernel knowing, so that inotify says nothing.
    ///
    /// NFS, CIFS, FUSE (sshfs, s3fs), 9p, AFS, Ceph, Lustre, GPFS, BeeGFS, OCFS2 and GFS2; the numbers are those of
    /// statfs(2) and of the file systems' own headers.
    public var isNetwork: Bool { Volume.networkMagics.contains(magic) }

    private static let networkMagics: Set<UInt32> = [
        0x6969,  // NFS
        0x517B, 0xFF53_4D42, 0xFE53_4D42,  // SMB, CIFS, SMB2
        0x6573_5546,  // FUSE
        0x0102_1997,  // 9p
        0x5346_414F, 0x6B41_4653,  // AFS
        0x00C3_6400,  // Ceph
        0x0BD0_0BD0,  // Lustre
        0x4750_4653,  // GPFS
        0x1983_0326,  // BeeGFS
        0x7461_636F,  // OCFS2
        0x0116_1970,  // GFS2
        0x7372_7279,  // Coda
    ]

    init(_ raw: statfs) {
        magic = UInt32(truncatingIfNeeded: raw.f_type)
        let (high, low) = raw.f_fsid.__val
        identifier = UInt64(UInt32(bitPattern: high)) << 32 | UInt64(UInt32(bitPattern: low))
        let block = UInt64(max(1, raw.f_bsize))
        availableBytes = Int64(clamping: min(UInt64(raw.f_bavail), .max / block) * block)
        totalBytes = Int64(clamping: min(UInt64(raw.f_blocks), .max / block) * block)
        availableFiles = raw.f_files == 0 ? nil : Int64(clamping: raw.f_ffree)
    }

    /// The file system that a path is on.
    public init(of path: FilePath) throws(SystemCallError) {
        var raw = statfs()
        try checked("statfs", path.shown) { path.withPlatformString { statfs($0, &raw) } }
        self.init(raw)
    }
}

/// The name by which a file system knows a file: unlike its inode's number, it is not used again for another file.
public struct FileHandle: Hashable, Sendable {
    /// How the bytes are to be read; the file system's own matter.
    public var type: Int32
    /// At most 128 bytes.
    public var bytes: [UInt8]
}

extension OwnedDescriptor {
    /// The file system that the open file is on.
    public borrowing func volume() throws(SystemCallError) -> Volume {
        var raw = statfs()
        let number = number
        try checked("fstatfs") { fstatfs(number, &raw) }
        return Volume(raw)
    }

    /// The file's handle (name_to_handle_at(2)), or nil on a file system that has none.
    public borrowing func fileHandle() throws(SystemCallError) -> FileHandle? {
        let number = number
        do throws(SystemCallError) {
            let header = MemoryLayout<file_handle>.size
            return try withTemporaryBuffer(header + Int(MAX_HANDLE_SZ)) { (buffer) throws(SystemCallError) in
                let handle = buffer.baseAddress?.bindMemory(to: file_handle.self, capacity: 1)
                handle?.initialize(to: file_handle(handle_bytes: UInt32(MAX_HANDLE_SZ), handle_type: 0, f_handle: ()))
                var mount: Int32 = 0
                try checked("name_to_handle_at") { name_to_handle_at(number, "", handle, &mount, AT_EMPTY_PATH) }
                guard let handle else { return nil }
                let length = min(Int(handle.pointee.handle_bytes), Int(MAX_HANDLE_SZ))
                return FileHandle(type: handle.pointee.handle_type, bytes: [UInt8](buffer[header..<header + length]))
            }
        } catch {
            if error.errno == .notSupported || error.errno == .noFunction { return nil }
            throw error
        }
    }
}
