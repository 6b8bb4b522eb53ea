internal import SystemCalls
internal import SystemPackage
public import Trials

extension LocalBackend: TrialWriter {
    /// Makes the directory, brings every experiment in it up to date, and puts back files of the layout that a crash or
    /// somebody took away.
    public func prepare() async throws(StoreError) -> Readiness {
        do throws(SystemCallError) { try FileSystem.makeDirectories(places.directory) } catch {
            throw StoreError("making the store", places.directory, error)
        }
        guard FileSystem.isPermitted(places.directory, executing: true, writing: true) else {
            throw StoreError(
                .misconfigured, "preparing the store", places.directory.shown, reason: "this user may not write there",
                remedy: "make it writable, or choose another directory", isTransient: true)
        }
        var notices: [Notice] = []
        for experiment in try experimentIDs() {
            guard let store = try experimentStore(experiment) else { continue }
            do throws(StoreError) {
                try store.locked { () throws(StoreError) in
                    try store.removeLeftovers()
                    try store.repairMissingLayout()
                    if store.pickleIsBehind { try store.writePickle() }
                }
            } catch {
                // One experiment that cannot be used keeps no other from being filed to.
                notices.append(Notice("\(error)"))
            }
            notices += store.takeNotices()
        }
        return Readiness(notices: notices)
    }

    /// Keeps a part by its digest.
    public func store(_ part: PartReference, from source: PartSource) async throws(StoreError) {
        try PartFolder(path: settings.objects).store(part, from: source)
    }

    /// Files each run once; one append and one fdatasync an experiment.
    public func file(_ filings: [Filing]) async throws(StoreError) -> [Filed] {
        try file(filings.map { ExperimentStore.Request(filing: $0, number: nil, filed: nil) })
    }

    /// Takes trials over under the numbers that they have.
    public func restore(_ trials: [RestoredTrial]) async throws(StoreError) -> [Filed] {
        try file(trials.map { ExperimentStore.Request(filing: $0.filing, number: $0.number, filed: $0.filed) })
    }

    private func file(_ requests: [ExperimentStore.Request]) throws(StoreError) -> [Filed] {
        var answers = [Filed](repeating: .notReached, count: requests.count)
        var groups: [Experiment.ID: [Int]] = [:]
        for (place, request) in requests.enumerated() { groups[request.filing.experiment, default: []].append(place) }
        var failure: StoreError?
        // In the order of first appearance, so that what is not reached is the end of the batch.
        for experiment in groups.keys.sorted(by: { (groups[$0]?.first ?? 0) < (groups[$1]?.first ?? 0) }) {
            let places = groups[experiment] ?? []
            do throws(StoreError) {
                let filed = try file(places.map { requests[$0] }, to: experiment)
                for (place, answer) in zip(places, filed) { answers[place] = answer }
            } catch {
                failure = error
                if !error.isTransient { for place in places { answers[place] = .refused(error) } }
            }
        }
        if let failure, answers.allSatisfy({ $0 == .notReached }) { throw failure }
        return answers
    }

    private func file(
        _ requests: [ExperimentStore.Request], to experiment: Experiment.ID
    ) throws(StoreError) -> [Filed] {
        guard let folder = places.folder(of: experiment) else { throw places.hasNoRoom(for: experiment) }
        if try isPythons(folder) {
            let error = ExperimentStore.foreignPickle("filing", folder)
            return requests.map { _ in .refused(error) }
        }
        guard let store = try experimentStore(experiment, creating: true) else { return [] }
        let answers = try store.locked { () throws(StoreError) in try store.file(requests) }
        pickleMayLag(experiment)
        return answers.map { answer in
            guard case .done(let reference, let revision, let notices) = answer else { return answer }
            return .done(reference, revision, notices + store.takeNotices())
        }
    }

    /// Whether only Python has written this experiment: nothing of ours is to be put beside it.
    private func isPythons(_ folder: ExperimentFolder) throws(StoreError) -> Bool {
        do throws(SystemCallError) {
            guard try FileStatus.ifPresent(folder.journal) == nil else { return false }
            return try FileStatus.ifPresent(folder.pickle) != nil
        } catch {
            throw StoreError("filing", folder.path, error)
        }
    }

    /// What the store holds for these runs.
    public func locate(
        _ keys: [RunKey], in experiment: Experiment.ID
    ) async throws(StoreError) -> [RunKey: Filed] {
        guard let store = try experimentStore(experiment) else { return [:] }
        return try store.locked { () throws(StoreError) in
            var found: [RunKey: Filed] = [:]
            for key in keys {
                guard let number = try store.index.number(of: key), let row = try store.index.row(number) else {
                    continue
                }
                let reference = TrialReference(experiment: experiment, number: number)
                found[key] = row.state == .deleted ? .deleted(reference) : .done(reference, row.revision, [])
            }
            return found
        }
    }

    /// Deletes trials for good.
    public func delete(_ trials: [TrialReference]) async throws(StoreError) {
        for (experiment, references) in Dictionary(grouping: trials, by: \.experiment) {
            guard let store = try experimentStore(experiment) else { continue }
            try store.locked { () throws(StoreError) in try store.delete(references.map(\.number)) }
            pickleIsCurrent(experiment)
        }
    }

    /// Says whether Python has changed the experiment's pickle; its trials cannot be taken over yet.
    public func reconcile(_ experiment: Experiment.ID) async throws(StoreError) -> [Notice] {
        guard let store = try experimentStore(experiment) else { return [] }
        return try store.locked { () throws(StoreError) in
            do throws(StoreError) { try store.refuseForeignPickle("taking over what Python wrote") } catch {
                guard error.kind == .refused else { throw error }
                store.notices.append(Notice("\(error)"))
            }
            return store.takeNotices()
        }
    }

    /// Writes every pickle that lags behind, and brings the indexes to the device.
    public func synchronize() async throws(StoreError) {
        var failure: StoreError?
        for experiment in try experimentIDs() {
            do throws(StoreError) {
                guard let store = try experimentStore(experiment) else { continue }
                try store.locked { () throws(StoreError) in
                    if store.pickleIsBehind { try store.writePickle() }
                    try store.index.bringToDevice()
                }
                pickleIsCurrent(experiment)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

extension ExperimentStore {
    /// What was found and repaired since somebody asked last.
    func takeNotices() -> [Notice] {
        defer { notices = [] }
        return notices
    }
}
