internal import JSON
internal import Records
internal import Trials

/// What a filing's owner should know of what became of it.
extension ExperimentStore {
    static func notice(_ name: StoredNames.Entry?) -> [Notice] {
        name.flatMap { FilingNotices.name($0) }.map { [$0] } ?? []
    }

    /// Of facts, when they are new, and of an end; to be asked before the batch has the trial's line.
    func notices(
        of trial: StoredTrial, isWhole: Bool, before facts: JSON?, in batch: FilingBatch
    ) throws(StoreError) -> [Notice] {
        var notices: [Notice] = []
        if isWhole {
            notices += FilingNotices.facts(trial.facts)
            let known = (try? facts?["stepHashes"]?.decode([StepHash].self)) ?? []
            notices += try changedOutputs(trial.facts.stepHashes.filter { !known.contains($0) }, in: batch)
        }
        if let outcome = trial.outcome {
            notices += FilingNotices.outcome(outcome, seed: trial.facts.seed)
            for metric in trial.metrics where metric.count > PickleProgram.longestSeries {
                notices.append(
                    Notice(
                        "metric \(metric.name): daskperiment gets \(PickleProgram.longestSeries) of its points, extremes kept"
                    ))
            }
        }
        return notices
    }

    /// Steps that gave another output than the last call with the same input: in an earlier trial, or in this one.
    private func changedOutputs(_ hashes: [StepHash], in batch: FilingBatch) throws(StoreError) -> [Notice] {
        var outputs: [String: UInt64] = [:]
        var notices: [Notice] = []
        for step in hashes {
            let hash = PythonHash(step)
            var known = outputs[hash.key] ?? batch.outputs[hash.key]
            if known == nil { known = try index.value(.step(hash.key)) }
            if let known, known != hash.outputInShort {
                notices.append(FilingNotices.changedOutput(step))
            }
            outputs[hash.key] = hash.outputInShort
        }
        return notices
    }

    /// Of a capture that is new: what is left out of it, and what of the environment differs from the trial before.
    func notices(of trial: StoredTrial, _ folded: JSON.Object, in batch: FilingBatch) throws(StoreError) -> [Notice] {
        guard let capture = trial.capture else { return [] }
        var notices = try texts.notices(ofLeavingOutOf: capture)
        let number = trial.reference.number - 1
        let staged = batch.staged.values.first { $0.number == number }
        if let before = try number > 0 ? self.capture(of: staged, number) : nil {
            let old = FoldedTexts.marks(in: before)
            let new = FoldedTexts.marks(in: folded)
            let compared = FilingNotices.comparedCategories.map(\.rawValue)
            let changed = compared.filter { old[$0] != nil && new[$0] != nil && old[$0] != new[$0] }
            if !changed.isEmpty {
                notices.append(FilingNotices.changedEnvironment(since: "\(number)", changed.joined(separator: ", ")))
            }
        }
        return notices
    }
}
