public import SystemPackage

/// What is asked for of what other hosts get.
public struct PackSettings: Sendable, Hashable {
    /// The folder that it is put into, for whoever asks to take it away.
    public var folder: FilePath
    /// The most bytes of a pack, and of a bundle.
    public var largest: Int
    /// Whether commits that no remote has go along, as a bundle.
    public var hasCommits: Bool

    /// A pack of at most so many bytes, put into a folder.
    public init(into folder: FilePath, atMost largest: Int, withCommits hasCommits: Bool = false) {
        self.folder = folder
        self.largest = largest
        self.hasCommits = hasCommits
    }
}

/// What another host needs of a snapshot besides what it can have from a remote, in one pack of git's.
public struct SnapshotPack: Sendable, Hashable {
    /// Its name in the folder that was asked for.
    public var file: String
    /// SHA-256 of it, 64 hexadecimal digits.
    public var digest: String
    /// Its bytes.
    public var size: Int
    /// The commit whose objects are not in it; nil when it has all of the tree.
    public var base: ObjectID?
}

/// Commits of HEAD that no remote has, in one bundle of git's.
public struct SnapshotBundle: Sendable, Hashable {
    /// Its name in the folder that was asked for.
    public var file: String
    /// SHA-256 of it, 64 hexadecimal digits.
    public var digest: String
    /// Its bytes.
    public var size: Int
    /// How many commits.
    public var count: Int
    /// Those that they follow, which a remote has; none where they begin with the first one.
    public var prerequisites: [ObjectID]
}
