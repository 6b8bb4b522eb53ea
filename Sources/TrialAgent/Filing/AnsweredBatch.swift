import Trials

/// What a store's answers to a batch come to, entry by entry. No I/O.
struct AnsweredBatch {
    /// What the store has taken, or has a tombstone of.
    private(set) var filed: [(entry: SpoolEntry, run: FiledRun)] = []
    /// Entries that nobody needs any more.
    private(set) var settled: [EntryName] = []
    /// Entries that are kept for some time, with their trials' numbers.
    private(set) var kept: [(EntryName, Int)] = []
    /// What the store does not take, now or ever.
    private(set) var refused: [(entry: SpoolEntry, error: StoreError)] = []
    /// How many entries the store did not come to.
    private var unreached = 0

    /// Whether the store came to all of them.
    var isWhole: Bool { unreached == 0 }
    /// Whether the store came to none of them.
    var isUntouched: Bool { filed.isEmpty && refused.isEmpty }

    /// One answer an entry, in order. A store that may lose what it acknowledged has its entries kept.
    init(_ entries: [SpoolEntry], _ answers: [Filed], in backend: String, keepsAcknowledged: Bool) {
        for (entry, answer) in zip(entries, answers) {
            switch answer {
            case .done(let reference, let revision, let told):
                if keepsAcknowledged { kept.append((entry.name, reference.number)) } else { settled.append(entry.name) }
                let state = entry.filing.outcome?.state ?? .running
                filed.append((entry, FiledRun(entry, in: backend, reference, revision, .filed(state), told)))
            case .deleted(let reference):
                settled.append(entry.name)
                filed.append((entry, FiledRun(entry, in: backend, reference, entry.filing.revision, .deleted)))
            case .refused(let error): refused.append((entry, error))
            case .notReached: unreached += 1
            }
        }
    }
}
