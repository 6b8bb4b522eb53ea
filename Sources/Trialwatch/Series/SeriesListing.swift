internal import JSON
internal import Trials

/// Prints the series of one metric of one trial or several.
struct SeriesListing {
    /// So many rows are shown on a terminal.
    static let mostRows = 40
    /// A number with six digits takes no more columns.
    private static let widestNumber = 12

    let name: String
    let trials: [TrialReference]
    let reader: any TrialReader

    /// Prints an epoch a line: nothing rounded, nothing left out.
    func printLines(separator: String, to output: Output) async throws(CommandFailure) {
        try output.line((["epoch"] + trials.map { String($0.number) }).joined(separator: separator))
        var rows = rows
        while let row = try await rows.next() {
            var line = String(row.epoch)
            for value in row.values {
                line += separator
                if let value { line += value.asValue.shown() }
            }
            try output.line(line)
        }
    }

    /// Prints a table for a terminal, thinned unless it `isWhole`, and answers with what the user should know of it.
    func printTable(isWhole: Bool, to output: Output) async throws(CommandFailure) -> [String] {
        var rows = rows
        var notes: [String] = []
        let columns =
            [Table.Column(title: "epoch", isNumeric: true, importance: .max)]
            + trials.enumerated().map {
                Table.Column(title: String($1.number), isNumeric: true, importance: -$0)
            }
        let omitted: [String]
        if isWhole {
            let table = Table(
                columns.map { column in
                    var column = column
                    column.width = Self.widestNumber
                    return column
                })
            let shown: [Int]
            (shown, omitted) = table.layout(output.page)
            try output.line(table.header(shown, output.page))
            while let row = try await rows.next() { try output.line(table.line(Self.cells(row), shown, output.page)) }
        } else {
            var kept = EvenlyKept<SeriesRows.Row>(most: Self.mostRows)
            while let row = try await rows.next() { kept.add(row) }
            let lines: [String]
            (lines, omitted) = Table.lines(columns, kept.elements.map(Self.cells), output.page)
            for line in lines { try output.line(line) }
            if kept.stride > 1 {
                notes.append(
                    "one row in \(kept.stride) of \(kept.count) is shown, and the last (--full, --csv and --json have all)"
                )
            }
        }
        if !omitted.isEmpty {
            notes.append(
                "not shown for want of room: \(Phrases.trials(omitted)) (a wider terminal, --csv, --json)")
        }
        return notes
    }

    /// Prints an array with one object a trial, each with all its points.
    func printJSON(to output: Output) async throws(CommandFailure) {
        try output.piece("[")
        for (place, trial) in trials.enumerated() {
            let head: JSON = [
                "experiment": .string(trial.experiment.text), "trial": JSON(trial.number), "metric": .string(name),
                "points": [],
            ]
            try output.piece(place == 0 ? "" : ",\n ")
            try await output.object(head) { (key) throws(CommandFailure) in
                guard key == "points" else { return false }
                try await output.points(of: SeriesCursor(name, of: trial, from: reader))
                return true
            }
        }
        try output.line("]")
    }

    private var rows: SeriesRows {
        SeriesRows(trials.map { SeriesCursor(name, of: $0, from: reader, sharingMemoryWith: trials.count) })
    }

    private static func cells(_ row: SeriesRows.Row) -> [Table.Cell] {
        [Table.Cell(String(row.epoch))] + row.values.map { Table.Cell($0?.asValue.shown(digits: 6) ?? "") }
    }
}

extension Phrases {
    /// `trial 3`, `trials 3, 2`, and of many the first ones.
    static func trials(_ numbers: [String]) -> String {
        let most = 10
        let named = numbers.prefix(most).joined(separator: ", ")
        let more = numbers.count > most ? " and \(numbers.count - most) more" : ""
        return (numbers.count == 1 ? "trial " : "trials ") + named + more
    }
}

extension Output {
    /// Adds an object on one line; `write` may write the value of a key itself, and answers whether it did.
    func object(
        _ object: JSON, _ write: (String) async throws(CommandFailure) -> Bool
    ) async throws(CommandFailure) {
        var separator = "{"
        for member in object.object ?? [:] {
            try piece(separator + SafeText.json(JSON.string(member.key).text()) + ":")
            separator = ","
            if try await !write(member.key) { try piece(SafeText.json(member.value.text())) }
        }
        try piece(separator == "{" ? "{}" : "}")
    }

    /// Adds an array of all points of a series, which need not be in memory together.
    func points(of series: SeriesCursor) async throws(CommandFailure) {
        var series = series
        var separator = "["
        try await series.forEach { point throws(CommandFailure) in
            try piece(separator + TrialJSON.point(point).text())
            separator = ","
        }
        try piece(separator == "[" ? "[]" : "]")
    }
}
