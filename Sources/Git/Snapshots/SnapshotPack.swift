public import SystemPackage

/// What is asked for of a pack for other hosts.
public struct PackSettings: Sendable, Hashable {
    /// The folder that it is put into, for whoever asks to take it away.
    public var folder: FilePath
    /// The most bytes of it.
    public var largest: Int
    /// Whether commits that no remote has go along.
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
    /// The commits that it has besides; nil for none.
    public var commits: Commits?

    /// HEAD's commits that no remote has.
    public struct Commits: Sendable, Hashable {
        /// How many.
        public var count: Int
        /// Those that they follow, which a remote has; none where they begin with the first one.
        public var prerequisites: [ObjectID]
    }
}
