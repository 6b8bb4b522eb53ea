/// The files of a project as they were when a run began: a git tree in a bare repository of the agent's own, on the host that captured.
///
/// The repository is `<state>/snapshots/<store>.git`, which git and libgit2 can read: packs, which a capture writes without
/// deltas and which are packed anew with deltas when they are many, and one reference `refs/snapshots/<tree>` a tree, whose file
/// is touched whenever a capture finds that tree again. It holds all objects of its trees; nothing in it leads to the user's
/// repository. A tree has files as they lie on the disk, raw, with mode 100644, 100755 or 120000; the files of a submodule lie in
/// a folder like all others. Of a project in a repository the tree is that of the whole work tree, and `folder` says where the
/// project is in it.
///
/// What gc may remove. An object is kept when it is reachable from a tree that a trial of a configured store, a claim, or an
/// entry of the spool names together with this store, or from a reference whose file was modified less than 24 hours before gc
/// began, which was before it looked at the spool: that much later than a capture its entry is durable, or it waits for a full
/// disk, and its reference is touched at each try. Stores that trials were ever filed in are told in `<state>/stores`, before the
/// first entry leaves the spool for one; nothing is removed while one of them is neither configured nor forgotten (`FiledStores`
/// of the agent). Whoever removes an object or a reference holds the exclusive lock of
/// `<store>.git/lock` (flock) from before the look at the references until the end, and removes `<store>.git/known` first, for good, which
/// tells captures what need not be written again. A capture holds that lock from its first look until its reference is written.
///
/// Packs may be put in place without it, for as long as no object goes away. Whoever makes packs of those that are there holds
/// `<store>.git/packing.lock` meanwhile and works in `<store>.git/packing`. A pack may be removed by who holds both locks, when
/// others that are in place and on the device have all of its objects, or all that are to be kept.
///
/// Other hosts get a pack with a trial, where its store is one that they read. `<store>.git/shared` has the last one that was made,
/// whole in itself, for the next capture that finds the same tree, and `<store>.git/shared-commits` the last bundle of commits
/// that no remote has, where one was asked for: each may be removed, under the lock, whenever `note` in it was not touched for 24
/// hours.
public struct Snapshot: Hashable, Sendable, Codable {
    /// Something that is not in the tree, though it was in the folder and git would not ignore it; or is there, but not as it was.
    public struct LeftOut: Hashable, Sendable, Codable {
        /// The path in the tree; bytes that are no UTF-8, and control characters, are shown as `\xNN`.
        public var path: String
        /// Why, as the end of a sentence: `it has 31457280 bytes, more than the 10000000 that are kept`.
        public var reason: String
        /// True when the file is in the tree without the secrets that were in it.
        public var isScrubbed: Bool

        /// What lies at `path`, and why it is not in the tree.
        public init(path: String, reason: String, isScrubbed: Bool = false) {
            self.path = path
            self.reason = reason
            self.isScrubbed = isScrubbed
        }

        private enum CodingKeys: String, CodingKey {
            case path, reason
            case isScrubbed = "scrubbed"
        }
    }

    /// What the part with the role `pack` holds.
    public enum Pack: String, Hashable, Sendable, Codable {
        /// Every object of the tree.
        case whole
        /// Those that the commit `base` lacks, which is to be had from the remote.
        case besidesBase = "besides base"
    }

    /// HEAD's commits that no remote had, as far as was known, with all that is in them.
    public struct Commits: Hashable, Sendable, Codable {
        /// How many.
        public var count: Int
        /// Those that they follow, 40 hexadecimal digits each, which have to be had from the remote; none where they begin with
        /// the first one.
        public var prerequisites: [String]
        /// The part that they are, kept as one of each trial with this capture; nil when it was lost on its way.
        public var bundle: PartReference?

        /// So many, which follow these.
        public init(count: Int, prerequisites: [String], bundle: PartReference? = nil) {
            self.count = count
            self.prerequisites = prerequisites
            self.bundle = bundle
        }
    }

    /// The most entries that `leftOut` and `changedWhileRead` have.
    public static let mostListed = 1000

    /// The tree, 40 hexadecimal digits.
    public var tree: String
    /// The name of the repository that holds it.
    public var store: String
    /// The host that the repository is on.
    public var host: String
    /// When the first file was looked at.
    public var began: Timestamp
    /// Where the project's folder is in the tree; empty for its root.
    public var folder = ""
    /// How many files and links the tree has.
    public var files: Int
    /// Bytes of all of them.
    public var size: Int
    /// HEAD's commit, to which the patch is the difference; nil before the first one, and for a project in no repository.
    public var base: String?
    /// Whether a branch of a remote has that commit, as far as this repository knows.
    public var baseIsShared = false
    /// What is not in the tree, or not as it was, by path.
    public var leftOut: [LeftOut] = []
    /// How many more were left out than are listed.
    public var moreLeftOut = 0
    /// Files that changed while they were read, so that nobody can say what the run saw of them; shown like `LeftOut.path`.
    public var changedWhileRead: [String] = []
    /// What is kept with the trial for other hosts; nil for nothing.
    public var pack: Pack?
    /// The part that it is, kept as one of each trial with this capture. A tree that is the commit's own has a pack of no objects.
    public var shared: PartReference?
    /// The commits that are kept with the trial for other hosts; nil for none.
    public var commits: Commits?
    /// How the files differ from the commit, kept as a part of each trial with this capture; nil where they do not, or it is not
    /// kept.
    public var patch: PartReference?

    /// A tree in a store.
    public init(tree: String, store: String, host: String, began: Timestamp, files: Int, size: Int) {
        self.tree = tree
        self.store = store
        self.host = host
        self.began = began
        self.files = files
        self.size = size
    }

    private enum CodingKeys: String, CodingKey {
        case tree, store, host, began, folder, files, size, base, pack, shared, commits, patch
        case baseIsShared = "base_shared"
        case leftOut = "left_out"
        case moreLeftOut = "more_left_out"
        case changedWhileRead = "changed_while_read"
    }
}
