internal import Trials

/// One field of one trial in a table.
enum HistoryCell {
    /// Rounded and relative for a terminal, exact elsewhere.
    static func of(_ field: RowField, _ row: History.Row, _ moments: Moments) -> Table.Cell {
        switch field {
        case .state:
            return Table.Cell(row.state.rawValue, row.state.style)
        case .tags:
            return Table.Cell(SafeText.line(row.tags.joined(separator: ",")))
        case .problems:
            return Table.Cell(row.problems == 0 ? "" : String(row.problems), exact: String(row.problems), .busy)
        case .description:
            return Table.Cell(SafeText.line(row.description ?? ""), row.state == .failed ? .bad : .plain)
        case .duration:
            guard let duration = row.processTime else { return Table.Cell("") }
            return Table.Cell(
                Phrases.duration(duration), exact: "\(Double(duration.wholeNanoseconds) / 1e9)")
        default:
            switch field.value(in: row) {
            case nil: return Table.Cell("")
            case .moment(let moment):
                return Table.Cell(moments.ago(moment), exact: moments.local(moment).description, .dim)
            case .value(let value):
                return Table.Cell(value.shown(digits: 6), exact: value.shown())
            }
        }
    }

    /// How soon a column is left out where a terminal is too narrow.
    static func importance(of field: RowField) -> Int {
        switch field {
        case .trial: 100
        case .state: 90
        case .result: 80
        case .parameter, .either: 70
        case .metric: 60
        case .duration: 50
        case .started, .finished: 45
        case .description, .success: 40
        case .problems: 30
        case .tags: 20
        case .seed: 10
        }
    }
}

extension TrialState {
    /// Its colour.
    var style: Style {
        switch self {
        case .running: .busy
        case .succeeded: .good
        case .failed: .bad
        case .aborted, .lost: .dim
        }
    }
}
