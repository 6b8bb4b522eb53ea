internal import Bytes
internal import JSON
internal import Trials

extension TrialCopying {
    /// The trial whole, its parts kept by the other store; nil for one that went meanwhile.
    func trial(_ reference: TrialReference) async throws(StoreError) -> RestoredTrial? {
        guard let trial = try await reader.trial(reference) else { return nil }
        var told = SourcesLook()
        // What the store told of it stays on it.
        told.problems = trial.notices.map(\.text)
        var lost: [String] = []
        var metrics: [MetricPiece] = []
        for metric in trial.metrics {
            guard let series = try await reader.series(metric.name, of: reference, range: nil, atMost: nil) else {
                lost.append("metric \(metric.name)")
                continue
            }
            metrics.append(
                MetricPiece(name: metric.name, generation: metric.generation, offset: 0, points: series.points))
        }
        var parts: [PartReference] = []
        for part in trial.parts {
            guard let bytes = try await reader.part(part, of: reference) else {
                lost.append("part \(part.name)")
                continue
            }
            try await writer.store(part, from: .bytes(bytes))
            parts.append(part)
        }
        // One that is deleted while it is read loses its series and parts first.
        if !lost.isEmpty, try await reader.trial(reference) == nil { return nil }
        told.problems += lost.map { "\($0) was not copied: the store that it was in has lost it" }
        let filing = Filing(
            key: trial.key ?? Self.key(of: trial), experiment: reference.experiment,
            revision: trial.key == nil ? Self.revision(of: trial) : trial.revision, facts: trial.facts,
            capture: trial.capture, metrics: metrics, parts: parts, look: told.problems.isEmpty ? nil : told,
            outcome: trial.outcome)
        return RestoredTrial(number: reference.number, filing: filing, filed: trial.filed)
    }

    /// How much of a Python process's trial is told: it only ever gets more.
    private static func revision(of trial: StoredTrial) -> Revision {
        let points = trial.metrics.reduce(0) { $0 + $1.count }
        return Revision(1 + points + trial.parts.count + (trial.outcome == nil ? 0 : 1))
    }

    /// Names a trial of a Python process, which has no run: the same each time, by what does not change while it goes on.
    ///
    /// Others have trials of that number, too, of an experiment of that name: in their own caches, on their own machines.
    private static func key(of trial: StoredTrial) -> RunKey {
        var digest = DigestContext<SHA256>()
        digest.update(Array("daskperiment \(trial.reference)\n".utf8))
        let texts = [
            text(trial.facts.parameters), text(trial.capture?.code), text(trial.capture?.environment),
        ]
        for text in texts { digest.update(Array("\(text.utf8.count) \(text)\n".utf8)) }
        return RunKey(sha256: digest.finish().bytes)
    }

    private static func text(_ value: (some Encodable)?) -> String {
        // What is no JSON was no trial that could be read.
        value.flatMap { try? JSON.encode($0) }?.text() ?? ""
    }
}
