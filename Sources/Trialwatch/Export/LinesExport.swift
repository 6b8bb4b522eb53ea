internal import JSON
internal import Trials

/// Writes trials as lines of JSON, each as `show --json` gives it, the oldest first.
///
/// In memory are one trial's texts and a page of one series.
struct LinesExport {
    let rows: HistoryRows

    /// Writes the lines, and answers with what the user should know of them.
    func write(to output: Output) async throws(CommandFailure) -> [String] {
        var names = SeenNames(asked: rows.condition?.fields ?? [])
        var cursor: History.Cursor?
        repeat {
            // A page at a time: what is done with a trial waits for the store, which reading the page does, too.
            var page: [TrialReference] = []
            cursor = try await rows.page(after: cursor, examined: { names.look(at: $0) }) { page.append($0.reference) }
            for reference in page { try await write(reference, to: output) }
        } while cursor != nil
        return names.notes
    }

    private func write(_ reference: TrialReference, to output: Output) async throws(CommandFailure) {
        let found = try await reading { () throws(StoreError) in try await rows.reader.trial(reference) }
        // Nil for one that was deleted since.
        guard let found else { return }
        try await output.object(TrialJSON.of(found, series: [:])) { (key) throws(CommandFailure) in
            guard key == "metrics" else { return false }
            try await writeMetrics(of: found, to: output)
            return true
        }
        try output.line()
    }

    private func writeMetrics(of trial: StoredTrial, to output: Output) async throws(CommandFailure) {
        try output.piece("[")
        for (place, metric) in trial.metrics.enumerated() {
            if place > 0 { try output.piece(",") }
            try await output.object(TrialJSON.metric(metric, nil)) { (key) throws(CommandFailure) in
                guard key == "points" else { return false }
                try await output.points(of: SeriesCursor(metric.name, of: trial.reference, from: rows.reader))
                return true
            }
        }
        try output.piece("]")
    }
}
