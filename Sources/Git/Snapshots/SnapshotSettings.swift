internal import SystemCalls
public import SystemPackage

/// What a snapshot takes, and where it is kept.
public struct SnapshotSettings: Sendable {
    /// Users whose files are taken, besides root's.
    public var owners: Set<UInt32>
    /// Where stores of snapshots are; nil to keep nothing and only look.
    public var stores: FilePath?
    /// How long the store is waited for while something is being removed from it: a trial whose files are not kept has none for good.
    public var patience = Duration.seconds(60)
    /// Why nothing is kept that is not kept already, as the end of a sentence; nil to keep it.
    public var refusal: String?
    /// Whether nothing is to be done where the store has a snapshot.
    public var isFirstOnly = false
    /// The largest file that is taken, in bytes.
    public var largestFile = 10_000_000
    /// The most bytes of one tree.
    public var largestTree = 500_000_000
    /// The most files of one tree.
    public var mostFiles = 1_000_000
    /// How many threads walk over a large tree, at most 2.
    public var threads = min(2, Machine.processorCount)
    /// The largest patch, in bytes.
    public var largestPatch = 10_000_000
    /// The most entries that are listed as left out.
    public var mostListed = 1000
    /// The pack that is made of the tree for other hosts; nil for none.
    public var pack: PackSettings?
    /// Where the project is below the root of the tree, without a slash at its end; empty for the root.
    public var folder: [UInt8] = []
    /// Rules that are seen from everywhere in the tree: what they mean is passed over, unless it is tracked.
    public var passedOver = IgnoreList()
    /// The project's own rules, seen from its folder: what they mean is passed over, and left out where it is tracked. They may
    /// take back what `passedOver` means.
    public var ignored = IgnoreList()
    /// A folder that has an entry of such a name is passed over as well.
    public var environmentMarks: [[UInt8]] = []
    /// Names of files that are left out, tracked or not, and why.
    public var secretNames = IgnoreList()
    /// What is left of a text, by its path, without its secrets; nil when it has none.
    public var scrub: @Sendable (_ path: [UInt8], _ content: [UInt8]) -> [UInt8]? = { _, _ in nil }

    /// Takes the files of these users.
    public init(owners: Set<UInt32>) { self.owners = owners.union([0]) }

    /// What is left of a text without its secrets; nil when it has none, and for what is no text.
    func scrubbed(_ bytes: [UInt8], _ path: [UInt8]) -> [UInt8]? {
        if let text = UTF16Text(bytes) { return scrub(path, text.utf8).map { text.encoding($0) } }
        return bytes.isText ? scrub(path, bytes) : nil
    }

    /// Whether an entry is passed over where it is not tracked, and whether where it is. The path is from the tree's root.
    func passesOver(
        _ path: UnsafeBufferPointer<UInt8>, nameStart: Int, isFolder: Bool
    ) -> (untracked: Bool, tracked: Bool) {
        if nameStart >= folder.count, path.starts(with: folder), folder.isEmpty || path.count > folder.count {
            let base = folder.isEmpty ? 0 : folder.count + 1
            if nameStart >= base, folder.isEmpty || path[folder.count] == UInt8(ascii: "/") {
                let seen = UnsafeBufferPointer(rebasing: path[base...])
                if let own = ignored.answer(seen, nameStart: nameStart - base, isFolder: isFolder) { return (own, own) }
            }
        }
        return (passedOver.answer(path, nameStart: nameStart, isFolder: isFolder) ?? false, false)
    }
}

/// What was found of a work tree.
public struct WorkTreeFindings: Sendable {
    /// Something that is not in the tree, or not as it was.
    public struct LeftOut: Hashable, Sendable {
        /// From the tree's root.
        public var path: FilePath
        /// The end of a sentence.
        public var reason: String
        /// Whether the file is in the tree without its secrets.
        public var isScrubbed = false
    }

    /// The tree, 40 hexadecimal digits; nil when it was not kept.
    public var tree: ObjectID?
    /// The store that it is kept in; nil when it was not kept.
    public var store: String?
    /// Bytes that the store has grown by.
    public var written = 0
    /// Files and links in the tree.
    public var files = 0
    /// Bytes of them.
    public var size = 0
    /// What is not in the tree, or not as it was, by path.
    public var leftOut: [LeftOut] = []
    /// How many more were left out than are listed.
    public var moreLeftOut = 0
    /// Files that changed while they were read.
    public var changedWhileRead: [FilePath] = []
    /// How many files are not as the commit has them; nil when the index could not be read, and for a folder in no repository.
    public var changes: RepositoryState.Changes?
    /// What `git apply` makes of the commit the tree; nil without a commit, or when it is too large.
    public var patch: [UInt8]?
    /// What other hosts need of the tree; nil when it was not asked for, or there is none, which the problems tell of.
    public var pack: SnapshotPack?
    /// The commits that no remote has; nil when they were not asked for, there are none, or they stay here, which the problems
    /// tell of.
    public var bundle: SnapshotBundle?
    /// What could not be done, each as a sentence.
    public var problems: [String] = []

    /// Nothing found yet.
    init() {}
}
