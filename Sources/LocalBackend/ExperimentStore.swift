internal import Bytes
internal import JSON
internal import Records
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// The open files of one experiment. Every use begins with ``locked(_:)``, which also takes over what other processes
/// wrote and repairs what a crash left.
final class ExperimentStore {
    let folder: ExperimentFolder
    let settings: ExperimentStoreSettings
    var journal: Journal
    var index: ExperimentIndex
    /// What was found and repaired, until somebody asks.
    var notices: [Notice] = []
    /// The pickle as this process last knew it to be ours.
    var pickle: KnownPickle?
    /// A pickle that a Python process made, all of which is in the journal.
    var mergedPickle: KnownPickle.Identity?
    /// Pickles whose place another has taken, as long as somebody could still write to them.
    var replacedPickles: [ReplacedPickle] = []
    /// Stretches of series whose trial's line is yet to come.
    var pendingPoints: [Int: [PointsEntry]] = [:]
    /// What was filed last.
    var recent = RecentTrials()
    /// Texts of the capture that was filed last.
    let texts = CaptureTexts()
    private let lock: OwnedDescriptor

    /// Opens an experiment; nil when there is none and it is not to be made.
    init?(_ folder: ExperimentFolder, _ settings: ExperimentStoreSettings, creating: Bool) throws(StoreError) {
        self.folder = folder
        self.settings = settings
        if folder.isShadow { try Self.removeOldShadow(folder) }
        if creating {
            try Self.make(folder)
        }
        guard let lock = try Self.openLock(folder, creating: creating),
            let journal = try Journal(folder.journal, creating: creating)
        else { return nil }
        self.lock = lock
        self.journal = journal
        let isWritable = FileSystem.isPermitted(folder.index, writing: true)
        index = try ExperimentIndex(folder.index, isWritable ? .writing : .reading)
        // What does not fit together is found, and mended, at the first use.
        _ = try index.load()
    }

    /// Does something while no other process changes the experiment, on files that agree with one another.
    func locked<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        let isLocked: Bool
        do throws(SystemCallError) { isLocked = try lock.lock(.exclusive, within: settings.patience) } catch {
            throw StoreError("locking the experiment", folder.lock, error)
        }
        guard isLocked else {
            throw StoreError(
                .unavailable, "locking the experiment", folder.lock.shown,
                reason: "another process has held the lock for \(settings.patience)",
                remedy: "look with `fuser \(folder.lock.shown)` which one, and whether it is stopped", isTransient: true
            )
        }
        // flock(2): unlocking a descriptor that is open does not fail.
        defer { try? lock.unlock() }
        guard try isStillThere() else {
            throw StoreError(
                .unavailable, "opening the experiment", folder.path.shown,
                reason: "its directory was removed or replaced",
                isTransient: true)
        }
        do throws(StoreError) {
            try refresh()
            try takeOverPickleTellingProblems()
            return try body()
        } catch {
            // A damaged index is built anew from the journal, at once and at most once a call.
            guard error.kind == .damaged else { throw error }
            try rebuild()
            return try body()
        }
    }

    /// Whether these files are still the experiment's: somebody may have removed or replaced its directory.
    func isStillThere() throws(StoreError) -> Bool {
        if folder.isShadow, try !Self.isCurrent(folder) { return false }
        do throws(SystemCallError) {
            return try FileStatus.ifPresent(folder.lock)?.inode == lock.status().inode
        } catch {
            throw StoreError("opening the experiment", folder.lock, error)
        }
    }

    /// Takes over what other processes wrote, and what a crash left undone.
    private func refresh() throws(StoreError) {
        let status: FileStatus?
        do throws(SystemCallError) { status = try FileStatus.ifPresent(folder.journal) } catch {
            throw StoreError("reading the journal", folder.journal, error)
        }
        if status?.inode != journal.inode {
            // Another process has written the journal anew, to delete a trial for good.
            guard let reopened = try Journal(folder.journal, creating: false) else {
                throw StoreError(
                    .unavailable, "reading the journal", folder.journal.shown, reason: "it was removed",
                    remedy: "put it back from a backup", isTransient: true)
            }
            journal = reopened
            recent = RecentTrials()
        } else {
            try journal.refresh()
        }
        guard let stored = try index.storedHeader(), isTrustworthy(stored) else { return try rebuild() }
        if stored != index.header, try !index.refresh(stored) {
            index = try ExperimentIndex(folder.index, index.access == .reading ? .reading : .writing)
            guard try index.load() else { return try rebuild() }
        }
        if index.header.journalLength < journal.length {
            try catchUp()
        } else if index.header.layoutLength < journal.length {
            try tellingLayoutProblems(repairLayout)
        }
    }

    private func isTrustworthy(_ header: IndexHeader) -> Bool {
        !header.isChanging && header.journalInode == journal.inode && header.journalLength <= journal.length
            // After a power failure files may lack what was written to them last.
            && (header.boot == settings.boot || header.isOnDevice)
    }

    private static func make(_ folder: ExperimentFolder) throws(StoreError) {
        do throws(SystemCallError) {
            if try FileStatus.ifPresent(folder.journal) != nil { return }
            for directory in folder.directories { try FileSystem.makeDirectories(directory) }
            do throws(SystemCallError) {
                if !folder.isShadow {
                    try FileSystem.makeSymbolicLink(at: folder.environmentAlias, to: "environment")
                }
            } catch {
                if error.errno != .fileExists { throw error }
            }
            _ = try OwnedDescriptor(opening: folder.lock, .readWrite, options: .create)
            let journal = try OwnedDescriptor(opening: folder.journal, .readWrite, options: .create)
            try journal.synchronize()
            // The names, too, have to be there after a power failure.
            for directory in [folder.own, folder.path, folder.path.removingLastComponent()] where !folder.isShadow {
                try OwnedDescriptor(directory: directory).synchronize()
            }
        } catch {
            throw StoreError("making the experiment", folder.path, error)
        }
    }

    private static func openLock(
        _ folder: ExperimentFolder, creating: Bool
    ) throws(StoreError) -> OwnedDescriptor? {
        do throws(SystemCallError) {
            return try OwnedDescriptor(opening: folder.lock, .readOnly)
        } catch {
            if error.errno == .noSuchFileOrDirectory, !creating { return nil }
            throw StoreError("opening the experiment", folder.lock, error)
        }
    }
}

/// What all experiments of a store share.
struct ExperimentStoreSettings: Sendable {
    /// The wall clock and the local offset from UTC.
    var now: @Sendable () -> Timestamp
    /// The start of the machine, as the index keeps it.
    var boot: UInt64
    /// How long a call waits for another process that has the experiment's lock.
    var patience: Duration
    /// The directory of the parts of all experiments.
    var objects: FilePath
    /// The directory of what is known of experiments that Python alone made.
    var shadows: FilePath
}
