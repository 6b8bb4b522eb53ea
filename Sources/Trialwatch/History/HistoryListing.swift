internal import JSON
internal import Trials

/// Prints a history as a table, or as JSON.
///
/// Memory does not grow with the number of trials, unless they are to be sorted without a limit: the first thousand
/// are kept, and a longer history is read twice, once for its columns and once for its cells.
struct HistoryListing {
    /// So many rows are kept instead of being read twice.
    static let kept = 1000

    var rows: HistoryRows
    var order: HistoryOrder?
    var columns: [RowField]?

    /// Prints the table, and answers with what the user should know of it, each as a sentence.
    func printTable(to output: Output) async throws(CommandFailure) -> [String] {
        var survey = HistorySurvey(moments: rows.moments)
        var names = SeenNames(asked: asked)
        var buffer: [History.Row]? = []
        if let order {
            let first = try await sortedRows(order, &names)
            for row in first { survey.look(at: row, fields: columns) }
            buffer = first
        } else {
            try await rows.forEach(examined: { names.look(at: $0) }) { row in
                survey.look(at: row, fields: columns)
                buffer?.append(row)
                if (buffer?.count ?? 0) > Self.kept { buffer = nil }
                return true
            }
        }
        let fields = columns ?? survey.fields
        let table = table(fields, survey)
        let (shown, omitted) = table.layout(output.page)
        try output.line(table.header(shown, output.page))
        if let buffer {
            for row in buffer { try write(row, fields, table, shown, to: output) }
        } else {
            try await writeAgain(fields, table, shown, to: output)
        }
        var notes = names.notes
        if !omitted.isEmpty {
            let names = omitted.map(SafeText.line).joined(separator: ", ")
            notes.append("not shown for want of room: \(names) (a wider terminal, --columns, --json)")
        }
        if survey.hasTooManyNames {
            notes.append(
                "more than \(HistorySurvey.mostNames) parameters and metrics: the rest is not shown (--columns)")
        }
        return notes
    }

    /// Prints an array with one object a line.
    func printJSON(to output: Output) async throws(CommandFailure) -> [String] {
        var names = SeenNames(asked: asked)
        var isFirst = true
        if let order {
            for row in try await sortedRows(order, &names) { try writeJSON(row, &isFirst, to: output) }
        } else {
            try await rows.forEach(examined: { names.look(at: $0) }) { row throws(CommandFailure) in
                try writeJSON(row, &isFirst, to: output)
                return true
            }
        }
        try output.line(isFirst ? "[]" : "]")
        return names.notes
    }

    private var asked: Set<RowField> {
        var fields = Set(columns ?? [])
        if let order { fields.insert(order.field) }
        return fields.union(rows.condition?.fields ?? [])
    }

    private func sortedRows(
        _ order: HistoryOrder, _ names: inout SeenNames
    ) async throws(CommandFailure) -> [History.Row] {
        var all = rows
        all.limit = nil
        var first = FirstRows(order, limit: rows.limit)
        var seen = names
        try await all.forEach(examined: { seen.look(at: $0) }) { row in
            first.add(row)
            return true
        }
        names = seen
        return first.rows
    }

    private func table(_ fields: [RowField], _ survey: HistorySurvey) -> Table {
        Table(
            fields.map { field in
                let column = survey.columns[field]
                return Table.Column(
                    title: field.name, isNumeric: column?.isNumeric ?? false,
                    importance: HistoryCell.importance(of: field), width: column?.width ?? 0)
            })
    }

    private func write(
        _ row: History.Row, _ fields: [RowField], _ table: Table, _ shown: [Int], to output: Output
    ) throws(CommandFailure) {
        let cells = fields.map { HistoryCell.of($0, row, rows.moments) }
        try output.line(table.line(cells, shown, output.page))
    }

    private func writeAgain(
        _ fields: [RowField], _ table: Table, _ shown: [Int], to output: Output
    ) async throws(CommandFailure) {
        try await rows.forEach { row throws(CommandFailure) in
            try write(row, fields, table, shown, to: output)
            return true
        }
    }

    private func writeJSON(_ row: History.Row, _ isFirst: inout Bool, to output: Output) throws(CommandFailure) {
        let text = SafeText.json(RowJSON.of(row).text())
        // The comma goes before the next row: the last one has none, and is not known to be the last.
        try output.piece(isFirst ? "[" : ",\n ")
        try output.piece(text)
        isFirst = false
    }
}
