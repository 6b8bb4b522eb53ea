public import SystemPackage

/// What is asked for of a pack for other hosts.
public struct PackSettings: Sendable, Hashable {
    /// The folder that it is put into, for whoever asks to take it away.
    public var folder: FilePath
    /// The most bytes of it.
    public var largest: Int

    /// A pack of at most so many bytes, put into a folder.
    public init(into folder: FilePath, atMost largest: Int) {
        self.folder = folder
        self.largest = largest
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
