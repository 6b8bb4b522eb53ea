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
        let entry = WorkTreeFindings.LeftOut(path: FilePath(bytes: path), reason: reason, isScrubbed: isScrubbed)
        if isScrubbed { scrubbed.append(entry) } else { leftOut.append(entry) }
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
