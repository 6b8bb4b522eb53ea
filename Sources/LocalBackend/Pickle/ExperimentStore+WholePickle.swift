internal import JSON
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Writing the pickle whole.
extension ExperimentStore {
    /// Writes the pickle whole, and puts it in the place of the one before; says no when another process has that one open
    /// for writing all the while that `patience` lasts.
    ///
    /// Not `keepingOld`, nothing of the one before stays on the disk, but for what somebody writes to it now.
    func writePickle(within patience: Duration = .zero, keepingOld: Bool = true) throws(StoreError) -> Bool {
        try takeOverPickle()
        // Not all is written only to find that it cannot be put in its place.
        if patience == .zero, pickle != nil, try isOpenForWriting() { return false }
        try takeOverReplacedPickles()
        if index.header.hasStaleEntries {
            try index.begin(boot: settings.boot)
            try writeEntriesAnew()
            try index.end()
        }
        let new = try writePickleAside()
        guard try putInPlace(within: patience, keepingOld: keepingOld) else { return false }
        pickle = new
        mergedPickle = nil
        index.header.pickleLength = journal.length
        try index.end()
        return true
    }

    private func isOpenForWriting() throws(StoreError) -> Bool {
        do throws(SystemCallError) {
            return try OwnedDescriptor(opening: folder.pickle, .readOnly, options: [.noFollow, .nonBlocking])
                .isOpenForWriting() ?? false
        } catch {
            throw StoreError("writing the pickle", folder.pickle, error)
        }
    }

    private var temporaryPickle: FilePath { folder.temporary.appending("pickle") }

    private func writePickleAside() throws(StoreError) -> KnownPickle {
        let directory = try directoryParts()
        var file = try attempt("writing the pickle", folder.pickle) { () throws(SystemCallError) in
            try PickleFile(writing: temporaryPickle)
        }
        try write(
            PickleProgram.head(folder.experiment, directory: directory, lastNumber: index.header.lastNumber), to: &file)
        try writeEntries(from: 0, to: &file)
        var series = RunningSeries()
        try forEachRow { row throws(StoreError) in
            guard row.state == .running, row.lastPoints > 0, let held = try newestLine(row) else { return }
            for metric in held.trial.metrics { try writeWhole(metric, row, &series, to: &file) }
        }
        do throws(SystemCallError) {
            let new = try file.finish(wholeCoverage)
            new.series = series
            return new
        } catch {
            throw StoreError("writing the pickle", folder.pickle, error)
        }
    }

    /// The directory as Python's `PosixPath` takes it.
    ///
    /// An experiment that Python began keeps what Python said: a path that is relative moves with its project.
    private func directoryParts() throws(StoreError) -> [String] {
        let first = try journal.line(at: 0)
        if JournalLine.event(first[...]) == "directory", let parts = JournalLine.read(first[...])?["parts"]?.array {
            return parts.compactMap(\.string)
        }
        let path = folder.recorded
        var parts = path.components.map { String(validating: $0) }
        if path.isAbsolute { parts.insert("/", at: 0) }
        guard !parts.contains(nil) else {
            throw StoreError(
                .misconfigured, "writing the pickle", path.shown,
                reason: "the directory's name is no UTF-8, which a pickle cannot say",
                remedy: "choose another directory", isTransient: false)
        }
        return parts.compactMap { $0 }
    }

    /// Gives the new pickle its name, while nobody has the one before open for writing or can open it.
    ///
    /// Somebody may have found the one before by its name and wait for the lease, or be about to: he writes into a file that
    /// has lost its place. So that one is looked at for a while; see ``takeReplacedPickle()``.
    private func putInPlace(within patience: Duration, keepingOld: Bool) throws(StoreError) -> Bool {
        // As late as can be: nobody may have changed it, or be about to, while the new one was written.
        try takeOverPickle()
        guard let expected = pickle?.identity ?? mergedPickle else {
            try renameAside(replacing: false)
            try synchronizeFolder()
            return true
        }
        let old = try attempt("writing the pickle", folder.pickle) { () throws(SystemCallError) in
            try ReplacedPickle(opening: folder.pickle, expected)
        }
        let answer: LeaseAnswer
        var isFree = true
        let identity: KnownPickle.Identity
        do throws(SystemCallError) {
            answer = try old.file.takeWriteLease(within: patience)
            // Whoever only reads it goes on doing so.
            if answer == .inUse { isFree = try old.file.isOpenForWriting() == false }
            identity = try KnownPickle.Identity(old.file.status())
        } catch {
            throw StoreError("writing the pickle", folder.pickle, error)
        }
        guard isFree else { return false }
        guard identity == expected else { throw pickleChangedMeanwhile() }
        if keepingOld { old.name(folder.pickle, as: newReplacedPath()) }
        do throws(StoreError) {
            try renameAside(replacing: true)
        } catch {
            old.removeName()
            throw error
        }
        // Nothing was left to wait for: it can only have run out.
        if answer == .held { try? old.file.giveBackLease() }
        replacedPickles.append(old)
        try synchronizeFolder()
        return true
    }

    private func synchronizeFolder() throws(StoreError) {
        do throws(SystemCallError) { try OwnedDescriptor(directory: folder.path).synchronize() } catch {
            throw StoreError("writing the pickle", folder.pickle, error)
        }
    }

    private func renameAside(replacing: Bool) throws(StoreError) {
        do throws(SystemCallError) {
            do throws(SystemCallError) {
                try FileSystem.rename(temporaryPickle, to: folder.pickle, replacing: replacing)
            } catch {
                // A file system that cannot look and rename in one step; or somebody was faster.
                guard !replacing, error.errno == .invalidArgument else { throw error }
                try FileSystem.rename(temporaryPickle, to: folder.pickle)
            }
        } catch {
            throw StoreError("writing the pickle", folder.pickle, error)
        }
    }
}
