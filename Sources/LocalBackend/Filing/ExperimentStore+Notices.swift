internal import JSON
internal import Records
internal import Trials

/// What a filing's owner should know of what became of it.
extension ExperimentStore {
    static func notice(_ name: StoredNames.Entry?) -> [Notice] {
        guard let name, name.name != name.stored else { return [] }
        return [
            Notice(
                "\(name.kind.rawValue) \(name.name) is stored as \(name.stored): daskperiment takes identifiers only")
        ]
    }

    /// Of facts, when they are new, and of an end; to be asked before the batch has the trial's line.
    func notices(
        of trial: StoredTrial, isWhole: Bool, before facts: JSON?, in batch: FilingBatch
    ) throws(StoreError) -> [Notice] {
        var problems: [String] = []
        if isWhole {
            problems += ParameterRecord(trial.facts.parameters).problems
            let known = (try? facts?["stepHashes"]?.decode([StepHash].self)) ?? []
            problems += try changedOutputs(trial.facts.stepHashes.filter { !known.contains($0) }, in: batch)
        }
        if let outcome = trial.outcome {
            problems += HistoryRecord(outcome, seed: trial.facts.seed)?.problems ?? []
            for metric in trial.metrics where metric.count > PickleProgram.longestSeries {
                problems.append(
                    "metric \(metric.name): daskperiment gets \(PickleProgram.longestSeries) of its points, extremes kept"
                )
            }
        }
        return problems.map { Notice($0) }
    }

    /// Steps that gave another output than the last call with the same input: in an earlier trial, or in this one.
    private func changedOutputs(_ hashes: [StepHash], in batch: FilingBatch) throws(StoreError) -> [String] {
        var outputs: [String: UInt64] = [:]
        var problems: [String] = []
        for step in hashes {
            let hash = PythonHash(step)
            var known = outputs[hash.key] ?? batch.outputs[hash.key]
            if known == nil { known = try index.value(.step(hash.key)) }
            if let known, known != hash.outputInShort {
                problems.append("step \(step.step) gave another output for the same input than before")
            }
            outputs[hash.key] = hash.outputInShort
        }
        return problems
    }

    /// Of what became of a run's code and lockfiles by its end, given its capture.
    static func notices(of look: SourcesLook, since capture: JSON.Object?) throws(StoreError) -> [Notice] {
        let code = try? capture?["sources"]?.decode([SourceFile].self)
        let lockfiles = capture == nil ? nil : try? capture?["lockfiles"]?.decode([ArtifactFacts].self)
        return look.notices(since: code, lockfiles: lockfiles ?? [])
    }

    /// Of a capture that is new: what is left out of it, and what of the environment differs from the trial before.
    func notices(of trial: StoredTrial, _ folded: JSON.Object, in batch: FilingBatch) throws(StoreError) -> [Notice] {
        guard let capture = trial.capture else { return [] }
        var problems: [String] = []
        for category in EnvironmentRecord.categories {
            guard let content = capture.environment[category] else { continue }
            if case .leftOut(let reason) = EnvironmentRecord.text(category, content) { problems.append(reason) }
        }
        let number = trial.reference.number - 1
        let staged = batch.staged.values.first { $0.number == number }
        if let before = try number > 0 ? self.capture(of: staged, number) : nil {
            let old = FoldedTexts.marks(in: before)
            let new = FoldedTexts.marks(in: folded)
            // The processor's document tells its present clock, which is never the same twice.
            let compared = EnvironmentRecord.categories.filter { $0 != .cpu }.map(\.rawValue)
            let changed = compared.filter { old[$0] != nil && new[$0] != nil && old[$0] != new[$0] }
            if !changed.isEmpty {
                problems.append("environment changed since trial \(number): \(changed.joined(separator: ", "))")
            }
        }
        return problems.map { Notice($0) }
    }
}
