internal import SystemCalls
internal import SystemPackage
public import Trials

extension LocalBackend: TrialWriter {
    /// Makes the directory, brings every experiment in it up to date, and puts back files of the layout that a crash or
    /// somebody took away.
    public func prepare() async throws(StoreError) -> Readiness {
        try checkPlace()
        do throws(SystemCallError) { try FileSystem.makeDirectories(places.directory) } catch {
            throw StoreError("making the store", places.directory, error)
        }
        guard FileSystem.isPermitted(places.directory, executing: true, writing: true) else {
            throw StoreError(
                .misconfigured, "preparing the store", places.directory.shown, reason: "this user may not write there",
                remedy: "make it writable, or choose another directory", isTransient: true)
        }
        var notices: [Notice] = []
        let experiments = try experimentIDs()
        try remember(experiments)
        for experiment in experiments {
            guard let store = try experimentStore(experiment) else { continue }
            var isBehind = false
            do throws(StoreError) {
                try store.locked { () throws(StoreError) in
                    try store.removeLeftovers()
                    try store.repairMissingLayout()
                    try store.takeOverReplacedPickles()
                    isBehind = try !store.bringPickleUpToDate()
                }
            } catch {
                // One experiment that cannot be used keeps no other from being filed to.
                notices.append(Notice("\(error)"))
            }
            if isBehind || !store.replacedPickles.isEmpty { pickleMayLag(experiment) }
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
        guard places.folder(of: experiment) != nil else { throw places.hasNoRoom(for: experiment) }
        try checkPlace()
        guard let store = try experimentStore(experiment, creating: true) else { return [] }
        let answers = try store.locked { () throws(StoreError) in try store.file(requests) }
        pickleMayLag(experiment)
        try? remember([experiment])
        return answers.map { answer in
            guard case .done(let reference, let revision, let notices) = answer else { return answer }
            return .done(reference, revision, notices + store.takeNotices())
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
            guard var store = try experimentStore(experiment) else { continue }
            if store.folder.isShadow, let own = try experimentStore(experiment, creating: true) { store = own }
            pickleMayLag(experiment)
            try store.locked { () throws(StoreError) in try store.delete(references.map(\.number)) }
            pickleIsCurrent(experiment, store)
        }
    }

    /// Takes over what Python processes wrote into the experiment; throws while one of them is writing.
    public func reconcile(_ experiment: Experiment.ID) async throws(StoreError) -> [Notice] {
        guard let store = try experimentStore(experiment) else { return [] }
        // One that Python alone made is read as it is until something is filed into it.
        if store.folder.isShadow { return [] }
        pickleMayLag(experiment)
        return try store.locked { () throws(StoreError) in
            try store.takeOverPickle()
            try store.mergeReplacedPickles()
            return store.takeNotices()
        }
    }

    /// Writes every pickle that lags behind, and brings the indexes to the device.
    ///
    /// A pickle that somebody has open is waited for, but for a moment only.
    public func synchronize() async throws(StoreError) {
        var failure: StoreError?
        for experiment in try experimentIDs() {
            do throws(StoreError) {
                guard let store = try experimentStore(experiment) else { continue }
                let isCurrent = try store.locked { () throws(StoreError) in
                    let isCurrent = try store.bringPickleUpToDate(within: Self.patienceWithReaders)
                    try store.index.bringToDevice()
                    return isCurrent
                }
                guard isCurrent else { throw Self.pickleInUse(store) }
                guard store.isLayoutCurrent else { throw Self.layoutIsBehind(store) }
                pickleIsCurrent(experiment, store)
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
