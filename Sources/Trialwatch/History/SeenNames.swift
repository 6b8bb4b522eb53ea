internal import Trials
internal import YAML

/// Which of the names that the user gave no trial had, so that a slip does not pass for an empty answer.
struct SeenNames {
    private var missing: Set<RowField>
    private var known: Set<String> = []

    /// Looks for the fields among `asked` that are not fixed.
    init(asked: Set<RowField>) {
        missing = asked.filter { field in
            switch field {
            case .parameter, .metric, .either: true
            default: false
            }
        }
    }

    /// Looks at a trial, shown or not.
    mutating func look(at row: History.Row) {
        // Once all were seen nothing is left to say.
        guard !missing.isEmpty else { return }
        missing = missing.filter { $0.value(in: row) == nil }
        guard known.count < HistorySurvey.mostNames else { return }
        for field in row.parameters { known.insert(field.name) }
        for field in row.metrics { known.insert(field.name) }
    }

    /// One sentence for each name that nothing has.
    var notes: [String] {
        missing.map(\.name).sorted().map { name in
            let nearest = nearestName(to: name, among: known.sorted() + RowField.fixedNames)
            return "no trial has '\(SafeText.line(name))'"
                + (nearest.map { " (did you mean '\(SafeText.line($0))'?)" } ?? "")
        }
    }
}
