internal import CGit2
internal import Synchronization
internal import SystemCalls
internal import SystemPackage

/// What a repository has recorded of its files, HEAD's tree and the index, either of which may be missing. Paths are relative to
/// its work tree and have a zero behind them.
///
/// Both threads of a walk ask it; libgit2's objects are for one thread at a time.
final class TrackedFiles {
    typealias Path = UnsafePointer<UInt8>

    /// The repository; nil for a folder that is in none.
    let repository: OpaquePointer
    private let isOwner: Bool
    /// The tree of HEAD's commit.
    let tree: OpaquePointer?
    /// The index, unless it cannot be read or was forgotten.
    private(set) var index: OpaquePointer?
    /// Why the index cannot be read.
    private(set) var indexError: GitError?
    /// HEAD's commit.
    let commit: ObjectID?
    /// Commits of HEAD that no branch of a remote has, from HEAD on, at most `mostUnshared`, as far as somebody has looked.
    var unshared: [ObjectID] = []
    /// When the index was last written: what changed later may look as it did before.
    private let indexWritten: Int64
    private var links: [[UInt8]: ObjectID] = [:]
    private let lock = Mutex(())
    private var nearby: NearbyTrees?
    /// Whether files on its disk can be executable or not, and not all are (`core.fileMode`).
    let diskHasModes: Bool
    /// Whether its disk has symbolic links (`core.symlinks`).
    let diskHasLinks: Bool

    /// Of a repository that somebody else keeps open, or, as an owner, for as long as this value lives; at a commit that HEAD
    /// named, or at that of HEAD now.
    init(_ repository: OpaquePointer, isOwner: Bool = false, at head: String? = nil) {
        self.repository = repository
        self.isOwner = isOwner
        (diskHasModes, diskHasLinks) = Self.disk(of: repository)
        var commit: OpaquePointer?
        var tree: OpaquePointer?
        if git_revparse_single(&commit, repository, "\(head ?? "HEAD")^{commit}") == 0, let commit {
            git_commit_tree(&tree, commit)
            self.commit = git_commit_id(commit).map { ObjectID($0.pointee) }
        } else {
            self.commit = nil
        }
        git_object_free(commit)
        self.tree = tree
        nearby = tree.map { NearbyTrees(below: $0, of: repository) }
        var index: OpaquePointer?
        do throws(GitError) {
            try check("git_repository_index") { git_repository_index(&index, repository) }
        } catch {
            indexError = error
        }
        self.index = index
        let file = index.flatMap { git_index_path($0) }.map { FilePath(platformString: $0) }
        indexWritten = file.flatMap { try? FileStatus(of: $0).modified } ?? 0
        readLinks()
    }

    deinit {
        // Before the repository that they are of.
        nearby = nil
        git_index_free(index)
        git_object_free(tree)
        if isOwner { git_repository_free(repository) }
    }

    /// Gives up the memory of the index, when no more is asked of it.
    func forgetIndex() {
        git_repository_set_index(repository, nil)
        git_index_free(index)
        index = nil
    }

    private static func disk(of repository: OpaquePointer) -> (hasModes: Bool, hasLinks: Bool) {
        var settings: OpaquePointer?
        guard git_repository_config_snapshot(&settings, repository) == 0 else { return (true, true) }
        defer { git_config_free(settings) }
        let answers = ["core.filemode", "core.symlinks"].map { name in
            var answer: Int32 = 1
            return git_config_get_bool(&answer, settings, name) != 0 || answer != 0
        }
        return (answers[0], answers[1])
    }

    private func readLinks() {
        guard let index else { return }
        for place in 0..<git_index_entrycount(index) {
            guard let entry = git_index_get_byindex(index, place), entry.pointee.mode == GIT_FILEMODE_COMMIT.rawValue,
                let path = entry.pointee.path
            else { continue }
            links[bytes(path)] = ObjectID(entry.pointee.id)
        }
    }

    /// Whether there are submodules at all.
    var hasLinks: Bool { !links.isEmpty }

    /// The commit of the submodule that a folder is; nil for a folder that is none.
    func link(_ path: [UInt8]) -> ObjectID? { links[path] }

    /// The submodules, in the order of their paths.
    var submodules: [RepositoryState.Submodule] {
        links.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
            .init(path: FilePath(bytes: $0.key), commit: $0.value.description)
        }
    }

    /// Whether a file is tracked: in the index, or, when that cannot be read, in HEAD's tree.
    func tracks(_ path: Path) -> Bool {
        guard let index else { return head(path) != nil }
        return lock.withLock { _ in
            (0...3).contains { git_index_get_bypath(index, characters(path), Int32($0)) != nil }
        }
    }

    /// Whether something below a folder is tracked.
    func tracksBelow(_ folder: [UInt8]) -> Bool {
        let prefix = folder + [UInt8(ascii: "/"), 0]
        return prefix.withUnsafeBufferPointer { prefix in
            guard let start = prefix.baseAddress else { return false }
            guard let index else {
                // Without the slash.
                return folder.withZero { head($0) != nil }
            }
            return lock.withLock { _ in git_index_find_prefix(nil, index, characters(start)) == 0 }
        }
    }

    /// What HEAD's tree has at a path.
    func head(_ path: Path) -> ObjectID? {
        entry(path) { git_tree_entry_id($0).map { ObjectID($0.pointee) } }
    }

    /// What the index has at a path, and what it says of the file there.
    func staged(_ path: Path) -> Staged? {
        guard let index else { return nil }
        return lock.withLock { _ in
            git_index_get_bypath(index, characters(path), 0).map { Staged($0.pointee, indexWritten) }
        }
    }

    /// The mode that the index, or else HEAD's tree, has for a file.
    func mode(_ path: Path) -> UInt32? {
        if let staged = staged(path) { return staged.mode }
        return entry(path) { git_tree_entry_filemode($0).rawValue }
    }

    /// What is asked of the entry that HEAD's tree has at a path.
    private func entry<Value: Sendable>(_ path: Path, _ ask: (OpaquePointer) -> Value?) -> Value? {
        lock.withLock { _ in nearby?.entry(path).flatMap(ask) }
    }

    /// A file as the index has it.
    struct Staged: @unchecked Sendable {
        // Unchecked: of the entry only numbers are read, which are its own.
        let id: ObjectID
        let mode: UInt32
        /// Not checked out, on purpose.
        let isSkipped: Bool
        /// Said to be unchanged, whatever it is.
        let isAssumedUnchanged: Bool
        private let entry: git_index_entry
        private let written: Int64

        init(_ entry: git_index_entry, _ written: Int64) {
            self.entry = entry
            self.written = written
            id = ObjectID(entry.id)
            mode = entry.mode
            isSkipped = UInt32(entry.flags_extended) & GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue != 0
            isAssumedUnchanged = UInt32(entry.flags) & GIT_INDEX_ENTRY_VALID.rawValue != 0
        }

        /// Whether the file is, by what stat says, the one that was looked at when the index was written.
        func isUnchanged(_ stamp: FileStamp) -> Bool {
            func equals(_ time: git_index_time, _ nanoseconds: Int64) -> Bool {
                let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
                return time.seconds == Int32(truncatingIfNeeded: seconds)
                    && (time.nanoseconds == 0 || Int64(time.nanoseconds) == rest)
            }
            return entry.file_size == UInt32(truncatingIfNeeded: stamp.size)
                && entry.ino == UInt32(truncatingIfNeeded: stamp.inode) && equals(entry.mtime, stamp.modified)
                && equals(entry.ctime, stamp.changed) && stamp.modified < written
        }
    }

    private func characters(_ path: Path) -> UnsafePointer<CChar> {
        UnsafeRawPointer(path).assumingMemoryBound(to: CChar.self)
    }
}

/// The bytes of a text of C's.
func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
    let raw = UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self)
    var count = 0
    while raw[count] != 0 { count += 1 }
    return Array(UnsafeBufferPointer(start: raw, count: count))
}

extension [UInt8] {
    /// Lends the bytes with a zero behind them.
    func withZero<Value>(_ body: (UnsafePointer<UInt8>) throws -> Value) rethrows -> Value {
        try (self + [0]).withUnsafeBufferPointer { buffer in
            // There is the zero at least.
            guard let start = buffer.baseAddress else { preconditionFailure("an array of one byte has an address") }
            return try body(start)
        }
    }
}

extension FilePath {
    /// The path with these bytes.
    init(bytes: some Sequence<UInt8>) {
        self = (Array(bytes) + [0]).map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { FilePath(platformString: $0) } ?? FilePath()
        }
    }
}
