/// A large piece of a record, kept once by its content.
public struct PartReference: Hashable, Sendable, Codable {
    /// What a part is for.
    public enum Role: String, Hashable, Sendable, Codable {
        case persist
        /// How the project's files differed from HEAD's commit, as `git apply` takes it.
        case patch
        /// Objects of the snapshot's tree, as a pack of git's.
        case pack
        /// Commits that no remote had, as a bundle of git's.
        case commits
        case log
        case artifact
        /// What a step of a Python process kept, as the pickle that it made.
        case pickle
        /// A list of what the project depends on.
        case lockfile
    }

    /// SHA-256 of the content, 64 hexadecimal digits.
    public var digest: String
    /// Bytes.
    public var size: Int
    /// What it is for.
    public var role: Role
    /// The name under its role: a step's name for `persist` and `pickle`, a file's path for `log`, `artifact` and `lockfile`;
    /// `changes.patch`, `snapshot.pack` and `commits.bundle`.
    public var name: String

    /// The part with that digest.
    public init(digest: String, size: Int, role: Role, name: String) {
        self.digest = digest
        self.size = size
        self.role = role
        self.name = name
    }
}

/// Where the bytes of a part come from.
public enum PartSource: Sendable {
    case bytes([UInt8])
    /// A file of ours that nobody changes; the path as bytes.
    case file([UInt8])
}
