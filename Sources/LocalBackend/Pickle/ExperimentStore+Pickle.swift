internal import SystemCalls
internal import SystemPackage
internal import Trials

extension ExperimentStore {
    /// Whether the pickle lags behind the journal.
    var pickleIsBehind: Bool { index.header.pickleLength < journal.length }

    /// Throws when the pickle is one that somebody else made or changed: its trials would be lost with it.
    func refuseForeignPickle(_ operation: String) throws(StoreError) {
        switch try pickleOwner() {
        case .nobody: knownPickle = nil
        case .ours(let identity): knownPickle = identity
        case .others: throw Self.foreignPickle(operation, folder)
        }
    }

    /// Writes the pickle whole, and puts it in the place of the one before.
    func writePickle() throws(StoreError) {
        try refuseForeignPickle("writing the pickle")
        if index.header.hasStaleEntries {
            try index.begin(boot: settings.boot)
            try writeEntriesAnew()
            try index.end()
        }
        let identity = try writePickleAside()
        // As late as can be: nobody may have changed it, or be about to, while the new one was written.
        try refuseForeignPickle("writing the pickle")
        do throws(SystemCallError) {
            try FileSystem.rename(temporaryPickle, to: folder.pickle)
            try OwnedDescriptor(directory: folder.path).synchronize()
        } catch {
            throw StoreError("writing the pickle", folder.pickle, error)
        }
        knownPickle = identity
        index.header.pickleLength = journal.length
        try index.end()
    }

    private var temporaryPickle: FilePath { folder.temporary.appending("pickle") }

    private func writePickleAside() throws(StoreError) -> PickleFile.Identity {
        let directory = try directoryParts()
        var file = try attempt("writing the pickle", folder.pickle) { () throws(SystemCallError) in
            try PickleFile(writing: temporaryPickle)
        }
        try write(
            PickleProgram.head(folder.experiment, directory: directory, lastNumber: index.header.lastNumber), to: &file)
        var place: Int64 = 0
        while place < index.header.entriesLength {
            let piece = try index.entries(at: place, Int(min(1 << 20, index.header.entriesLength - place)))
            place += Int64(piece.count)
            try write(piece, to: &file)
        }
        try forEachRow { row throws(StoreError) in
            guard row.state == .running, row.lastPoints > 0, let held = try trial(row, capture: .brief) else { return }
            try forEachSeries(of: held.trial, row) { bytes throws(StoreError) in try write(bytes, to: &file) }
        }
        do throws(SystemCallError) { return try file.finish() } catch {
            throw StoreError("writing the pickle", folder.pickle, error)
        }
    }

    private func write(_ bytes: [UInt8], to file: inout PickleFile) throws(StoreError) {
        do throws(SystemCallError) { try file.write(bytes) } catch {
            throw StoreError("writing the pickle", folder.pickle, error)
        }
    }

    /// The directory as Python's `PosixPath` takes it.
    private func directoryParts() throws(StoreError) -> [String] {
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

    private func pickleOwner() throws(StoreError) -> PickleFile.Owner {
        do throws(SystemCallError) { return try PickleFile.owner(of: folder.pickle, known: knownPickle) } catch {
            throw StoreError("reading the pickle", folder.pickle, error)
        }
    }

    /// Why nothing is filed into an experiment whose pickle is not ours.
    static func foreignPickle(_ operation: String, _ folder: ExperimentFolder) -> StoreError {
        StoreError(
            .refused, operation, folder.pickle.shown, reason: "Python made this file, or changed it since we did",
            remedy: "file into another experiment, or move it aside to begin anew, then run `trialwatch retry`; "
                + "trials of Python's and of ours cannot yet share one experiment", isTransient: false)
    }
}
