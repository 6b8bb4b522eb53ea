internal import Bytes
internal import Trials

/// Takes trials from one store to another, some at a time.
struct TrialCopying {
    let reader: any TrialReader
    let writer: any TrialWriter
    let renumbers: Bool
    private(set) var copied = 0
    private(set) var renumbered = 0
    /// Trials that the other store did not take, and why.
    private(set) var refusals: [String] = []
    private var deleted = 0

    init(reader: any TrialReader, writer: any TrialWriter, renumbers: Bool) {
        self.reader = reader
        self.writer = writer
        self.renumbers = renumbers
    }

    /// What was done, for people.
    var told: String {
        var parts = ["\(copied) trials are there"]
        if renumbered > 0 { parts.append("\(renumbered) under new numbers") }
        if deleted > 0 { parts.append("\(deleted) were deleted there and stay so") }
        if !refusals.isEmpty { parts.append("\(refusals.count) were refused") }
        return parts.joined(separator: ", ")
    }

    /// Copies an experiment, lowest number first, so that new numbers keep the order.
    mutating func copy(_ id: Experiment.ID) async throws(CommandFailure) {
        var cursor: History.Cursor?
        let reader = reader
        let query = History.Query(experiment: id, newestFirst: false)
        repeat {
            let after = cursor
            let page = try await reading { () throws(StoreError) in
                try await reader.trials(query, after: after, limit: 50)
            }
            try await copy(page.rows.map(\.reference))
            cursor = page.next
        } while cursor != nil
    }

    /// Where the changes end that there are by now.
    func end(ofChanges start: ChangeCursor?) async throws(CommandFailure) -> ChangeCursor? {
        var cursor = start
        let reader = reader
        while true {
            let after = cursor
            let page = try await reading { () throws(StoreError) in try await reader.changes(after: after, limit: 1000)
            }
            cursor = page.next
            if page.references.isEmpty { return cursor }
        }
    }

    /// Copies what changed; gives the place to go on from.
    mutating func copyChanges(
        after start: ChangeCursor?, of chosen: [Experiment.ID]
    ) async throws(CommandFailure) -> ChangeCursor? {
        let reader = reader
        let page = try await reading { () throws(StoreError) in try await reader.changes(after: start, limit: 200) }
        try await copy(page.references.filter { chosen.isEmpty || chosen.contains($0.experiment) })
        return page.next
    }

    private mutating func copy(_ references: [TrialReference]) async throws(CommandFailure) {
        var batch: [RestoredTrial] = []
        var points = 0
        for reference in references {
            guard let trial = try await trial(reference) else { continue }
            batch.append(trial)
            points += trial.filing.metrics.reduce(0) { $0 + $1.points.count }
            if points > 50_000 {
                try await file(batch)
                (batch, points) = ([], 0)
            }
        }
        try await file(batch)
    }

    /// The trial whole, its parts kept by the other store; nil for one that went meanwhile.
    private func trial(_ reference: TrialReference) async throws(CommandFailure) -> RestoredTrial? {
        let (reader, writer) = (reader, writer)
        return try await reading { () throws(StoreError) -> RestoredTrial? in
            guard let trial = try await reader.trial(reference) else { return nil }
            var metrics: [MetricPiece] = []
            for metric in trial.metrics {
                let series = try await reader.series(metric.name, of: reference, range: nil, atMost: nil)
                metrics.append(
                    MetricPiece(
                        name: metric.name, generation: metric.generation, offset: 0, points: series?.points ?? []))
            }
            var parts: [PartReference] = []
            var told = SourcesLook()
            // What the store told of it stays on it.
            told.problems = trial.notices.map(\.text)
            for part in trial.parts {
                guard let bytes = try await reader.part(part, of: reference) else {
                    told.problems.append("part \(part.name) was not copied: the store that it was in has lost it")
                    continue
                }
                try await writer.store(part, from: .bytes(bytes))
                parts.append(part)
            }
            let filing = Filing(
                key: trial.key ?? Self.key(of: trial), experiment: reference.experiment,
                revision: trial.key == nil ? Revision(trial.outcome == nil ? 1 : 2) : trial.revision,
                facts: trial.facts,
                capture: trial.capture, metrics: metrics, parts: parts, look: told.problems.isEmpty ? nil : told,
                outcome: trial.outcome)
            return RestoredTrial(number: reference.number, filing: filing, filed: trial.filed)
        }
    }

    /// Names a trial of a Python process, which has no run: the same each time.
    private static func key(of trial: StoredTrial) -> RunKey {
        RunKey(sha256: SHA256.digest(of: "daskperiment \(trial.reference)").bytes)
    }

    private mutating func file(_ trials: [RestoredTrial]) async throws(CommandFailure) {
        guard !trials.isEmpty else { return }
        let writer = writer
        let answers = try await reading { () throws(StoreError) in try await writer.restore(trials) }
        for (trial, answer) in zip(trials, answers) {
            switch answer {
            case .refused(let error) where renumbers && !error.isTransient:
                let again = try await reading { () throws(StoreError) in try await writer.file([trial.filing]) }
                if take(again.first ?? .notReached, of: trial) { renumbered += 1 }
            default: _ = take(answer, of: trial)
            }
        }
    }

    /// Counts an answer; whether the trial is there.
    private mutating func take(_ answer: Filed, of trial: RestoredTrial) -> Bool {
        let name = "\(trial.filing.experiment) \(trial.number)"
        switch answer {
        case .done: copied += 1
        case .deleted: deleted += 1
        case .refused(let error):
            refusals.append(
                "trial \(name): \(error.reason)" + (renumbers ? "" : " (--renumber gives it another number)"))
        case .notReached: refusals.append("trial \(name): the store did not come to it (run the command again)")
        }
        if case .done = answer { return true }
        return false
    }
}
