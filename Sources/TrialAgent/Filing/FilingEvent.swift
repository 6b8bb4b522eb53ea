import Trials

/// What came of filing, for the ledger, receipts and status.
enum FilingEvent: Hashable, Sendable {
    /// A store holds these trials, durably.
    case filed([FiledRun])
    /// A store refused the run for good, with the reason: its entry lies in `aside`.
    case setAside(RunKey, Experiment.ID, backend: String, reason: String)
    /// A store cannot be used from now on; what is for it waits.
    case unreachable(backend: String, reason: String)
    /// A store can be used again.
    case reachable(backend: String)
    /// Something that the user should know, as a sentence.
    case notice(String)
}

/// A run as its store holds it.
struct FiledRun: Hashable, Sendable {
    /// What became of it there.
    enum Standing: Hashable, Sendable {
        /// It is a trial, this far.
        case filed(TrialState)
        /// It was deleted on purpose; what came later changed nothing.
        case deleted
    }

    /// The name of the store.
    let backend: String
    /// The run.
    let key: RunKey
    /// The name that its marker gives it; nil when it gives none.
    let name: String?
    /// The trial that it is.
    let reference: TrialReference
    /// The revision that the store holds, which may be higher than the one that was filed.
    let revision: Revision
    /// What became of it.
    let standing: Standing
    /// What the store found worth telling.
    let notices: [Notice]
    /// How it ended; nil while it goes on.
    var outcome: Outcome?
}

extension FiledRun {
    /// What a store answered to an entry.
    init(
        _ entry: SpoolEntry, in backend: String, _ reference: TrialReference, _ revision: Revision,
        _ standing: Standing, _ notices: [Notice] = []
    ) {
        self.init(
            backend: backend, key: entry.filing.key, name: entry.filing.facts.run, reference: reference,
            revision: revision, standing: standing, notices: notices, outcome: entry.filing.outcome)
    }
}
