internal import SystemPackage

/// What is said of a work tree besides its files.
struct SnapshotNotes {
    private let mostListed: Int
    private var leftOut: [WorkTreeFindings.LeftOut] = []
    private var scrubbed: [WorkTreeFindings.LeftOut] = []
    private var unlisted = 0
    /// Tracked files that are left out, and whether they differ from what the index has.
    var missing: [[UInt8]: Bool] = [:]
    /// Folders of which nothing is known.
    var missingFolders: [[UInt8]] = []
    /// Files left out that are neither tracked nor ignored.
    var untracked = 0
    /// Files and folders that could not be read.
    var unreadable = 0
    var changedWhileRead: [FilePath] = []
    /// Those that were walked, with the commit that the repository around asks for, the outer before the inner.
    var submodules: [(folder: WorkFolder, asked: ObjectID)] = []
    /// The folders of those with changes of their own.
    var dirtySubmodules: Set<[UInt8]> = []
    /// Whether something that is no plain file is called `.gitattributes`, which libgit2 would open.
    var hasOddAttributes = false
    var problems: [String] = []

    /// Lists at most so many entries, however many files are left out.
    init(mostListed: Int) { self.mostListed = mostListed }

    mutating func leaveOut(_ path: some Sequence<UInt8>, _ reason: String, isScrubbed: Bool = false) {
        guard (isScrubbed ? scrubbed : leftOut).count < mostListed else { return unlisted += 1 }
        list(WorkTreeFindings.LeftOut(path: FilePath(bytes: path), reason: reason, isScrubbed: isScrubbed))
    }

    private mutating func list(_ entry: WorkTreeFindings.LeftOut) {
        guard (entry.isScrubbed ? scrubbed : leftOut).count < mostListed else { return unlisted += 1 }
        if entry.isScrubbed { scrubbed.append(entry) } else { leftOut.append(entry) }
    }

    /// Adds what another thread noted of other folders of the tree.
    mutating func add(_ other: SnapshotNotes) {
        for entry in other.scrubbed + other.leftOut { list(entry) }
        unlisted += other.unlisted
        missing.merge(other.missing) { own, _ in own }
        missingFolders += other.missingFolders
        untracked += other.untracked
        unreadable += other.unreadable
        changedWhileRead += other.changedWhileRead
        submodules = (submodules + other.submodules).sorted {
            $0.folder.path.lexicographicallyPrecedes($1.folder.path)
        }
        dirtySubmodules.formUnion(other.dirtySubmodules)
        hasOddAttributes = hasOddAttributes || other.hasOddAttributes
        problems += other.problems
    }

    /// What is listed, by path, of too many those with secrets first, and how many more there are.
    var listing: (entries: [WorkTreeFindings.LeftOut], more: Int) {
        let entries = scrubbed + leftOut.prefix(mostListed - scrubbed.count)
        let more = unlisted + scrubbed.count + leftOut.count - entries.count
        return (entries.sorted { $0.path.string.utf8.lexicographicallyPrecedes($1.path.string.utf8) }, more)
    }

    /// A file of a folder.
    mutating func leaveOut(_ path: some Sequence<UInt8>, _ reason: String, _ stamp: FileStamp, by folder: WorkFolder) {
        leaveOut(path, reason)
        let path = Array(path)
        guard let tracked = folder.tracked, path.count > folder.base else { return untracked += 1 }
        let relative = Array(path[folder.base...])
        guard relative.withZero({ tracked.tracks($0) }) else { return untracked += 1 }
        missing[path] = relative.withZero { tracked.staged($0)?.isUnchanged(stamp) } != true
    }
}
