import Trials

@testable import TrialAgent

/// A store in memory that keeps a store's promises, and fails as a test tells it to.
actor ScriptedWriter: TrialWriter {
    nonisolated let capacity: FilingCapacity
    nonisolated var isReadByOtherHosts: Bool { false }

    /// Runs that it holds: number, highest revision, and every filing that it took, in order.
    private(set) var held: [RunKey: (number: Int, filings: [Filing])] = [:]
    /// How many filings each call of `file` had.
    private(set) var batches: [Int] = []
    private(set) var prepared = 0
    private(set) var synchronized = 0
    private(set) var stored: [PartReference] = []
    /// What it did, in order.
    private(set) var calls: [String] = []

    /// Which server holds it; a change makes it another one.
    private var incarnation: String?

    private var preparing: @Sendable (Int) -> StoreError? = { _ in nil }
    private var calling: @Sendable ([Filing]) -> StoreError? = { _ in nil }
    private var answering: @Sendable (Filing) -> Filed? = { _ in nil }
    private var noticing: @Sendable (Filing) -> [Notice] = { _ in [] }
    private var storing: @Sendable (PartReference) -> StoreError? = { _ in nil }
    private var waiting: @Sendable () async -> Void = {}

    init(capacity: FilingCapacity = FilingCapacity(trials: 200, bytes: 1 << 24)) { self.capacity = capacity }

    /// Makes it a server that may lose what it acknowledged, or another one, which lacks some revisions of some runs.
    func becomes(_ server: String, losing lost: [RunKey: Int] = [:]) {
        incarnation = server
        for (key, revision) in lost {
            held[key]?.filings.removeAll { $0.revision.number >= revision }
            if held[key]?.filings.isEmpty == true { held[key] = nil }
        }
    }

    /// What the nth `prepare` throws.
    func whenPrepared(_ script: @escaping @Sendable (Int) -> StoreError?) { preparing = script }
    /// What a call of `file` throws.
    func whenCalled(_ script: @escaping @Sendable ([Filing]) -> StoreError?) { calling = script }
    /// What it answers to a filing instead of taking it.
    func whenFiled(_ script: @escaping @Sendable (Filing) -> Filed?) { answering = script }
    /// What it tells about a filing that it takes.
    func notice(_ script: @escaping @Sendable (Filing) -> [Notice]) { noticing = script }
    /// What storing a part throws.
    func whenStored(_ script: @escaping @Sendable (PartReference) -> StoreError?) { storing = script }
    /// What a call of `file` waits for.
    func beforeAnswering(_ script: @escaping @Sendable () async -> Void) { waiting = script }

    func prepare() throws(StoreError) -> Readiness {
        prepared += 1
        calls.append("prepare")
        if let error = preparing(prepared) { throw error }
        return Readiness(notices: [Notice("all is kept")], incarnation: incarnation)
    }

    func store(_ part: PartReference, from source: PartSource) throws(StoreError) {
        calls.append("store")
        if let error = storing(part) { throw error }
        stored.append(part)
    }

    func file(_ filings: [Filing]) async throws(StoreError) -> [Filed] {
        calls.append("file")
        batches.append(filings.count)
        await waiting()
        if let error = calling(filings) { throw error }
        return filings.map { filing in answering(filing) ?? take(filing) }
    }

    private func take(_ filing: Filing) -> Filed {
        var run = held[filing.key] ?? (number: (held.values.map(\.number).max() ?? 0) + 1, filings: [])
        if filing.revision > run.filings.last?.revision ?? Revision(0) { run.filings.append(filing) }
        held[filing.key] = run
        let reference = TrialReference(experiment: filing.experiment, number: run.number)
        return .done(reference, run.filings.last?.revision ?? filing.revision, noticing(filing))
    }

    func locate(_ keys: [RunKey], in experiment: Experiment.ID) throws(StoreError) -> [RunKey: Filed] {
        calls.append("locate")
        return keys.reduce(into: [:]) { found, key in
            guard let run = held[key], let last = run.filings.last else { return }
            found[key] = .done(TrialReference(experiment: experiment, number: run.number), last.revision, [])
        }
    }

    func restore(_ trials: [RestoredTrial]) throws(StoreError) -> [Filed] {
        calls.append("restore")
        return trials.map { trial in
            if held.contains(where: { $0.key != trial.filing.key && $0.value.number == trial.number }) {
                return .refused(.poison)
            }
            if held[trial.filing.key] == nil { held[trial.filing.key] = (trial.number, []) }
            return take(trial.filing)
        }
    }

    func delete(_ trials: [TrialReference]) throws(StoreError) {}
    func reconcile(_ experiment: Experiment.ID) throws(StoreError) -> [Notice] { [] }

    func synchronize() throws(StoreError) {
        calls.append("synchronize")
        synchronized += 1
    }

    /// The revisions that it took of a run, in order.
    func revisions(of key: RunKey) -> [Int] { held[key]?.filings.map(\.revision.number) ?? [] }
}

extension StoreError {
    /// The store is away for a while.
    static let away = StoreError(
        .unavailable, "connecting", "here", reason: "connection refused", remedy: "start it", isTransient: true)
    /// A trial that will never do.
    static let poison = StoreError(.refused, "filing", "resnet", reason: "too large", isTransient: false)
    /// A trial that will do later.
    static let busy = StoreError(.refused, "filing", "resnet", reason: "busy", isTransient: true)
    /// A store that needs somebody to repair it.
    static let broken = StoreError(.damaged, "filing", "resnet", reason: "unreadable", isTransient: false)
    /// A store, or a part of it, that nobody may use until somebody helps.
    static let locked = StoreError(.unavailable, "filing", "sick", reason: "permission denied", isTransient: false)
}
