public import Trials
internal import YAML

/// What a project wants kept of its files.
public struct SnapshotWish: Codable, Sendable, Hashable {
    /// The folder that stores of snapshots are in.
    public var stores: String
    /// The largest file that is kept, in bytes.
    public var largestFile: Int
    /// The most bytes of one tree.
    public var largestTree: Int
    /// The largest patch, in bytes.
    public var largestPatch: Int
    /// Why nothing new is to be kept but the patch, as the end of a sentence; nil to keep it.
    public var refusal: String?
    /// Whether nothing is to be done where there is a snapshot already.
    public var isFirstOnly = false
    /// The folder that a pack for other hosts is put into; nil when no other host reads the project's store.
    public var packs: String?
    /// The most bytes of such a pack; 0 for none.
    public var largestPack: Int
    /// Whether commits that no remote has go along, as a bundle of no more bytes.
    public var hasCommits: Bool
    /// The project's own rules of what is not kept, as the configuration has them.
    public var ignore: [String]

    /// Keeps in a folder of stores what the settings allow, and puts into another what other hosts need of it.
    public init(
        stores: String, _ limits: SnapshotLimits = SnapshotLimits(), ignore: [String] = [], packs: String? = nil
    ) {
        self.stores = stores
        self.packs = packs
        self.ignore = ignore
        largestFile = limits.maxFile.bytes
        largestTree = limits.maxTotal.bytes
        largestPatch = min(limits.patch.bytes, Self.largestPatch)
        hasCommits = limits.bundle
        largestPack = min(limits.share.bytes, Self.largestPack)
    }

    /// A message of the worker holds no more, as Base64.
    private static let largestPatch = 40_000_000
    /// A value of a Redis has 512 MiB at most.
    private static let largestPack = 500_000_000
}

/// A project's files as a capture found them.
public struct CapturedSnapshot: Codable, Sendable, Hashable {
    /// What is recorded; nil when the files are not kept, which the problems tell of.
    public var facts: Snapshot?
    /// The patch as Base64; nil for none.
    public var patch: String?
    /// Bytes that the store has grown by.
    public var written = 0
    /// The pack for other hosts; nil for none.
    public var pack: CapturedPack?
    /// The bundle of commits for other hosts; nil for none.
    public var bundle: CapturedPack?
}

/// A pack, or a bundle, that the capture worker has put into the folder that was asked for.
public struct CapturedPack: Codable, Sendable, Hashable {
    /// The file's name there.
    public var file: String
    /// SHA-256 of it, as the worker says.
    public var digest: String
    /// Its bytes, as the worker says.
    public var size: Int

    /// A file of that content.
    public init(file: String, digest: String, size: Int) {
        self.file = file
        self.digest = digest
        self.size = size
    }
}
