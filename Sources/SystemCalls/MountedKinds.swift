public import SystemPackage

/// What is mounted, and which kinds of file system it is; asking touches none of them (proc_pid_mountinfo(5)).
public struct MountedKinds: Sendable {
    /// Where those are mounted that may keep whoever asks for a file waiting for as long as another machine or program does not
    /// answer.
    public let hanging: [FilePath]

    /// What this process sees.
    public init() throws(SystemCallError) {
        let bytes = try OwnedDescriptor(opening: "/proc/self/mountinfo", .readOnly).readToEnd(limit: 64 << 20)
        self.init(mountinfo: bytes)
    }

    /// What such a file names: the kind is the field behind the one that is a lone hyphen.
    public init(mountinfo bytes: [UInt8]) {
        hanging = bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let fields = line.split(separator: UInt8(ascii: " "))
            guard let hyphen = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }),
                hyphen > Self.place, hyphen + 1 < fields.endIndex,
                Self.kinds.contains(where: { fields[hyphen + 1].starts(with: $0.utf8) })
            else { return nil }
            return Self.path(fields[Self.place])
        }
    }

    /// The field that says where it is mounted.
    private static let place = 4

    /// Blanks and backslashes stand there as `\040` and the like.
    private static func path(_ field: ArraySlice<UInt8>) -> FilePath {
        var (path, rest) = ([CChar](), field)
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(3), as: UTF8.self)
            if byte == UInt8(ascii: "\\"), digits.utf8.count == 3, let escaped = UInt8(digits, radix: 8) {
                path.append(CChar(bitPattern: escaped))
                rest = rest.dropFirst(3)
            } else {
                path.append(CChar(bitPattern: byte))
            }
        }
        return FilePath(platformString: path + [0])
    }

    private static let kinds = [
        "nfs", "cifs", "smb", "fuse", "9p", "autofs", "ceph", "lustre", "gpfs", "afs", "beegfs", "ocfs2", "gfs2",
        "coda", "glusterfs", "virtiofs", "orangefs", "pvfs2",
    ]
}
