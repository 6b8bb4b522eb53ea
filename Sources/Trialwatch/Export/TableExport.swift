internal import Trials

/// Writes trials as a CSV table, the oldest first.
///
/// They are read twice, once for the columns and once for the cells: memory does not grow with their number.
struct TableExport {
    let rows: HistoryRows
    private var text: CSVText
    /// Names that appeared after the columns were collected.
    private var late: Set<String> = []

    init(rows: HistoryRows, text: CSVText) {
        self.rows = rows
        self.text = text
    }

    /// Writes the table, and answers with what the user should know of it.
    mutating func write(to output: Output) async throws(CommandFailure) -> [String] {
        var columns = ExportColumns()
        var names = SeenNames(asked: rows.condition?.fields ?? [])
        var newest = 0
        try await rows.forEach(examined: { names.look(at: $0) }) { row throws(CommandFailure) in
            try columns.add(row)
            newest = row.reference.number
            return true
        }
        try line(columns.titles.map { text.title($0) }, to: output)
        // Trials filed since are another export's.
        try await rows.forEach { row throws(CommandFailure) in
            guard row.reference.number <= newest else { return false }
            try line(cells(row, columns), to: output)
            return row.reference.number < newest
        }
        return names.notes + notes
    }

    private var notes: [String] {
        var notes: [String] = []
        if !late.isEmpty {
            let listed = late.sorted().prefix(10).map(SafeText.line).joined(separator: ", ")
            notes.append("reported while this was written, and without a column: \(listed) (export again)")
        }
        if text.zeros > 0 {
            notes.append(
                "\(Phrases.count(text.zeros, "text")) held a zero byte: U+FFFD stands in its place (--format jsonl)")
        }
        return notes
    }

    private mutating func cells(_ row: History.Row, _ columns: ExportColumns) -> [String] {
        var cells = [String](repeating: "", count: columns.count)
        let first = [
            String(row.reference.number), row.state.rawValue, row.started?.description, row.finished?.description,
            row.processTime.map { Value.float(Double($0.wholeNanoseconds) / 1e9).shown() }, row.seed.map(String.init),
            row.nestedResult == nil ? row.result.map { text.field($0) } : nil,
        ]
        let last = [
            row.description.map { text.field($0) },
            row.tags.isEmpty ? nil : text.field(row.tags.joined(separator: ",")),
            String(row.problems),
        ]
        for (place, cell) in first.enumerated() { cells[place] = cell ?? "" }
        for (place, cell) in last.enumerated() { cells[cells.count - last.count + place] = cell ?? "" }
        for group in ExportColumns.Group.allCases {
            for field in row.fields(group) {
                if let place = columns.place(group, field.name) {
                    cells[place] = text.field(field.value)
                } else {
                    late.insert(field.name)
                }
            }
        }
        return cells
    }

    private func line(_ cells: [String], to output: Output) throws(CommandFailure) {
        for (place, cell) in cells.enumerated() {
            if place > 0 { try output.piece(",") }
            // A file gets the bytes as they were recorded, a terminal what cannot harm it.
            try output.piece(output.page.width == nil ? cell : SafeText.line(cell))
        }
        try output.line()
    }
}
