import Trials

/// Files again what a store has acknowledged and its server has lost: it was started anew, or another has taken its place.
struct Refiling: Sendable {
    /// What was filed again, and what is to be said of it.
    struct Outcome: Sendable {
        var filed: [FiledRun] = []
        var notes: [String] = []
    }

    let backend: String
    let writer: any TrialWriter
    let spool: Spool
    let policy: RetryPolicy
    var progressed: @Sendable () -> Void = {}

    /// Runs that are asked for at once.
    private static let askedAtOnce = 500

    /// Asks the store for every run of which entries are kept, and files what it lacks, each trial under its old number.
    func run() async throws -> Outcome {
        let kept = try await spool.done(of: backend)
        let held = try await held(Set(kept.map { Run(key: $0.manifest.key, experiment: $0.manifest.experiment) }))
        var outcome = Outcome()
        for (entry, manifest) in kept {
            switch held[manifest.key] {
            case .deleted: continue
            case .done(_, let revision, _) where revision >= manifest.revision: continue
            default: break
            }
            guard let whole = await spool.doneEntry(entry, of: backend) else { continue }
            try await file(whole, entry.number, filed: Timestamp(atNanoseconds: Int(entry.since)), &outcome)
            progressed()
        }
        if !outcome.filed.isEmpty {
            outcome.notes.insert(
                "\(backend): its server had lost \(outcome.filed.count) filings that it had acknowledged; they are filed again",
                at: 0)
        }
        return outcome
    }

    private struct Run: Hashable {
        let key: RunKey
        let experiment: Experiment.ID
    }

    private func held(_ runs: Set<Run>) async throws(StoreError) -> [RunKey: Filed] {
        var held: [RunKey: Filed] = [:]
        for (experiment, runs) in Dictionary(grouping: runs, by: \.experiment) {
            for start in stride(from: 0, to: runs.count, by: Self.askedAtOnce) {
                let keys = runs[start...].prefix(Self.askedAtOnce).map(\.key)
                held.merge(try await writer.locate(keys, in: experiment)) { $1 }
                progressed()
            }
        }
        return held
    }

    private func file(
        _ entry: SpoolEntry, _ number: Int, filed: Timestamp, _ outcome: inout Outcome
    ) async throws(StoreError) {
        for (part, source) in entry.sources { try await writer.store(part, from: source) }
        let old = TrialReference(experiment: entry.filing.experiment, number: number)
        var answer = try await writer.restore([RestoredTrial(number: number, filing: entry.filing, filed: filed)]).first
        if case .refused = answer { answer = try await writer.file([entry.filing]).first }
        switch answer {
        case .done(let reference, let revision, let told):
            let state = entry.filing.outcome?.state ?? .running
            outcome.filed.append(FiledRun(entry, in: backend, reference, revision, .filed(state), told))
            if reference != old {
                outcome.notes.append(
                    "\(backend): trial \(old) was lost with its server, and its number is another's now: it is \(reference)"
                )
            }
        case .deleted: break
        case .refused(let error):
            outcome.notes.append(
                "\(backend): trial \(old) was lost with its server and cannot be filed again: \(error)")
        case .notReached, nil:
            throw StoreError(
                .unavailable, "filing again", backend, reason: "the store did not come to it", isTransient: true)
        }
    }
}
