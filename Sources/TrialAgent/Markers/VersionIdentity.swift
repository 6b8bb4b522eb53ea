import Bytes

/// What makes one version of a marker itself: the same identity is handled once, whatever restarts and repeated events do.
struct VersionIdentity: Hashable, Sendable, Codable {
    /// What stat tells without reading.
    let stamp: FileStamp
    /// SHA-256 of the content.
    let digest: String

    /// SHA-256 of all of it, in 64 hexadecimal digits.
    var hash: String {
        SHA256.digest(of: Array("v1\0\(stamp.text)\0\(digest)".utf8)).hex
    }
}

/// What stat tells of a file: equal as long as nobody writes to it or puts another in its place.
struct FileStamp: Hashable, Sendable, Codable {
    /// The file system: its UUID, or the device number where it has none.
    let volume: String
    /// The file in it: the kernel's handle, which an inode used again does not repeat, or the inode's number.
    let file: String
    /// When its content was last changed, in nanoseconds since 1970.
    let modified: Int
    /// Bytes.
    let size: Int

    /// All four, separated by NUL.
    var text: String { "\(volume)\0\(file)\0\(modified)\0\(size)" }
}
