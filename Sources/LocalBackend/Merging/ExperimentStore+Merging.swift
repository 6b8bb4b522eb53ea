internal import Pickle
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Taking over what Python processes wrote into the experiment.
extension ExperimentStore {
    /// Takes over what the pickle has that the journal lacks, when somebody else made it or changed it.
    ///
    /// Throws what may be tried again while a Python process is writing the file. One that cannot be read is kept aside and
    /// told of: the journal has all that was in the pickle before.
    func takeOverPickle() throws(StoreError) {
        let owner: PickleOwner
        do throws(SystemCallError) { owner = try PickleOwner(of: folder.pickle, known: pickle) } catch {
            throw StoreError("reading the pickle", folder.pickle, error)
        }
        switch owner {
        case .nobody: (pickle, mergedPickle) = (nil, nil)
        case .ours(let known): (pickle, mergedPickle) = (known, nil)
        case .others:
            pickle = nil
            let merged = mergedPickle
            let there = try attempt("reading the pickle", folder.pickle) { () throws(SystemCallError) in
                try FileStatus.ifPresent(folder.pickle).map { KnownPickle.Identity($0) }
            }
            if there == nil || there != merged { try mergePickle() }
        }
    }

    /// Takes over the pickle at the beginning of another use, which does not have to wait for it; what fails is told once.
    func takeOverPickleTellingProblems() throws(StoreError) {
        guard index.access != .reading else { return }
        if folder.isShadow { return try fillShadow() }
        do throws(StoreError) { try takeOverPickle() } catch {
            guard error.kind != .damaged else { throw error }
            let notice = Notice("\(error)")
            if !error.isTransient, !notices.contains(notice) { notices.append(notice) }
        }
    }

    private func mergePickle() throws(StoreError) {
        mergedPickle = nil
        let end = ContinuousClock.now + Self.patienceWithWriters
        while true {
            let file = try OpenPickle(folder.pickle)
            if let state = try file.state(), try mergeWhole(file, state) { return try writeMerged() }
            guard ContinuousClock.now < end else { throw pickleChangedMeanwhile() }
            Clock.pause(milliseconds: 2)
        }
    }

    /// Takes over a pickle, or keeps it aside; says no when it changed meanwhile, and then took nothing of it.
    private func mergeWhole(_ file: OpenPickle, _ state: OpenPickle.State) throws(StoreError) -> Bool {
        do throws(StoreError) {
            if let failure = try merge(file, state) {
                guard try file.isStill(state) else { return false }
                try keepAside(failure)
            } else {
                mergedPickle = state.identity
            }
            return true
        } catch {
            if error == pickleChangedMeanwhile() { return false }
            throw error
        }
    }

    /// How long a use waits for a Python process that writes the pickle.
    private static let patienceWithWriters = Duration.seconds(1)

    /// A Python process that is started now is to find all trials, so that it takes a number that is free.
    private func writeMerged() throws(StoreError) {
        index.header.pickleLength = 0
        try index.end()
        _ = try writePickle()
    }

    /// Takes over what a file has; says why it cannot be read when it cannot.
    ///
    /// Throws that it changed meanwhile before anything of it is taken.
    func merge(_ file: OpenPickle, _ state: OpenPickle.State) throws(StoreError) -> PickleError? {
        do throws(PickleError) {
            var reader = file.reader(length: state.length)
            var survey = PythonSurvey { hash in
                try self.index.value(.output("\(hash.key) \(hash.output)")) != nil
            }
            let root = try reader.read(&survey)
            guard let trials = root.state("trials"), root.state("metrics") != nil else {
                return PickleError(offset: 0, .malformed("it is none of daskperiment's"))
            }
            var reserved = 0
            if case .int(let number)? = trials.state("_trial_id") { reserved = number }
            guard reserved == 0 || PythonSurvey.numbers.contains(reserved) else {
                return PickleError(offset: 0, .malformed("its last trial has the number \(reserved)"))
            }
            if journal.length == 0, let parts = root.state("cache_dir")?.pathParts { try keepDirectory(parts) }
            try adopt(survey, reserved: reserved, from: &reader) { () throws(StoreError) in
                guard try file.isStill(state) else { throw self.pickleChangedMeanwhile() }
            }
            return nil
        } catch {
            switch error.reason {
            case .unreadable(let cause), .stopped(let cause):
                if let cause = cause as? StoreError { throw cause }
                if let cause = cause as? SystemCallError { throw StoreError("reading the pickle", file.path, cause) }
                return error
            default: return error
            }
        }
    }

    private func keepDirectory(_ parts: [String]) throws(PickleError) {
        do throws(StoreError) {
            var line: [UInt8] = []
            JournalWriter.directory(parts, into: &line)
            try journal.append(line)
            // Nothing follows from it but what the pickle says.
            index.header.journalLength = journal.length
            index.header.layoutLength = journal.length
            try index.end()
        } catch {
            throw PickleError(offset: 0, .stopped(error))
        }
    }

    /// Gives a pickle that cannot be read another name: the journal has what was in it before.
    private func keepAside(_ failure: PickleError) throws(StoreError) {
        let time = String(settings.now().description.map { $0 == ":" ? "-" : $0 })
        var aside = folder.path.appending("\(folder.experiment).pkl.damaged-\(time)")
        var count = 1
        while true {
            do throws(SystemCallError) {
                try FileSystem.rename(folder.pickle, to: aside, replacing: false)
                break
            } catch {
                guard error.errno == .fileExists else {
                    throw StoreError("keeping a damaged pickle aside", folder.pickle, error)
                }
                // Clocks are set back.
                count += 1
                aside = folder.path.appending("\(folder.experiment).pkl.damaged-\(time)-\(count)")
            }
        }
        notices.append(
            Notice(
                "\(folder.pickle.shown): \(failure); it is kept as \(aside.shown), and written anew with all trials known"
            ))
    }

    /// Takes over pickles that a Python process wrote to when they had lost their place.
    func mergeReplacedPickles() throws(StoreError) {
        while let path = try takeReplacedPickle() {
            let file = try OpenPickle(path)
            guard let state = try file.state() else { throw pickleChangedMeanwhile() }
            if let failure = try merge(file, state) {
                notices.append(Notice("\(path.shown): a Python process wrote to it, and it cannot be read: \(failure)"))
                continue
            }
            do throws(SystemCallError) { try FileSystem.remove(path) } catch {
                throw StoreError("removing a pickle that was taken over", path, error)
            }
        }
    }
}

extension PickleValue {
    /// The parts of a `PosixPath`.
    fileprivate var pathParts: [String]? {
        switch self {
        case .labelled(_, let value): return value.pathParts
        case .reduce(_, arguments: .tuple(let items)), .reduce(_, arguments: .labelled(_, .tuple(let items))):
            guard pathText != nil else { return nil }
            let parts = items.compactMap(\.text)
            return parts.count == items.count ? parts : nil
        default: return nil
        }
    }

    /// What an object's state has under a name; the state that was set last counts.
    fileprivate func state(_ name: String) -> PickleValue? {
        switch self {
        case .labelled(_, let value): value.state(name)
        case .build(let object, let state): state[name] ?? object.state(name)
        default: nil
        }
    }
}
