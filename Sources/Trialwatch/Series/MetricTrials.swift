internal import Trials
internal import YAML

/// Finds the trials that have a metric.
struct MetricTrials {
    let name: String
    let experiment: StoredExperiment
    let moments: Moments

    /// The newest trials that have it, at most `most`, and whether there are more; throws where none has it.
    func newest(atMost most: Int?) async throws(CommandFailure) -> (trials: [TrialReference], areMore: Bool) {
        let rows = HistoryRows(
            reader: experiment.reader, query: History.Query(experiment: experiment.id), moments: moments)
        var found: [TrialReference] = []
        var areMore = false
        var known: Set<String> = []
        try await Finder(reader: experiment.reader).within(experiment.id) { () throws(CommandFailure) in
            try await rows.forEach { row in
                if row.metrics[name] != nil {
                    areMore = found.count == most
                    if !areMore { found.append(row.reference) }
                } else if found.isEmpty, known.count < HistorySurvey.mostNames {
                    known.formUnion(row.metrics.lazy.map(\.name))
                }
                return !areMore
            }
        }
        if found.isEmpty { throw unknown("no trial has it", known) }
        return (found, areMore)
    }

    /// Those of the given trials that have it, and those that do not; throws where none has it.
    func given(_ numbers: [Int]) async throws(CommandFailure) -> (trials: [TrialReference], without: [TrialReference]) {
        let finder = Finder(reader: experiment.reader)
        var found: [TrialReference] = []
        var without: [TrialReference] = []
        var known: Set<String> = []
        var seen: Set<Int> = []
        for number in numbers where seen.insert(number).inserted {
            let trial = try await finder.trial(TrialReference(experiment: experiment.id, number: number))
            if trial.metrics.contains(where: { $0.name == name && $0.count > 0 }) {
                found.append(trial.reference)
            } else {
                without.append(trial.reference)
                known.formUnion(trial.metrics.lazy.map(\.name))
            }
        }
        let listed = Phrases.trials(without.map { String($0.number) })
        if found.isEmpty { throw unknown("\(listed) \(without.count == 1 ? "has" : "have") no such metric", known) }
        return (found, without)
    }

    private func unknown(_ reason: String, _ known: Set<String>) -> CommandFailure {
        let remedy =
            if let nearest = nearestName(to: name, among: known.sorted()) {
                "did you mean '\(SafeText.line(nearest))'?"
            } else if known.isEmpty {
                "there are no metrics"
            } else {
                "there are \(known.sorted().prefix(20).map(SafeText.line).joined(separator: ", "))"
            }
        return CommandFailure(
            "metric '\(SafeText.line(name))' of \(experiment.id)", reason, remedy: remedy, status: .noSuchThing)
    }
}
