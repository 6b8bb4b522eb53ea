internal import Trials

extension TrialCopying {
    /// Tells an empty trial that is there only to be deleted from a run's own; nothing that is filed late comes after it.
    private static let last = Revision(1 << 52)

    /// Leaves tombstones in the other store for runs that were deleted in this one and that it has never had: a late filing
    /// brings them back there no more than here, and their numbers are not given again.
    ///
    /// What was copied before it was deleted stays there, as a copy is for.
    mutating func copyDeletions(in id: Experiment.ID) async throws(StoreError) {
        let deletions = try await reader.deletions(in: id)
        guard !deletions.isEmpty else { return }
        let known = try await writer.locate(deletions.map(\.key), in: id)
        var graves: [RestoredTrial] = []
        var ready: [TrialReference] = []
        for deletion in deletions {
            switch known[deletion.key] {
            case .done(let reference, Self.last, _): ready.append(reference)
            case .done, .deleted: continue
            case .refused, .notReached, nil:
                var facts = TrialFacts()
                facts.problems = ["it was deleted in the store that it was copied from"]
                let filing = Filing(key: deletion.key, experiment: id, revision: Self.last, facts: facts)
                graves.append(RestoredTrial(number: deletion.number, filing: filing, filed: nil))
            }
        }
        for start in stride(from: 0, to: graves.count, by: 50) {
            let some = Array(graves[start..<min(start + 50, graves.count)])
            for (grave, answer) in zip(some, try await writer.restore(some)) {
                var answer = answer
                // Its number names another run there: then it is no one's to give again, and any other will do.
                if case .refused = answer { answer = try await writer.file([grave.filing]).first ?? .notReached }
                if case .done(let reference, Self.last, _) = answer { ready.append(reference) }
            }
        }
        if !ready.isEmpty { try await writer.delete(ready) }
    }
}
