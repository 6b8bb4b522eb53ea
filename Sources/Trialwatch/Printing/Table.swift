/// Columns of a table whose rows are written one by one.
///
/// On a terminal the columns are aligned, and those that do not fit are left out, least important first. Elsewhere
/// cells are separated by tabs and nothing is cut, so that `cut`, `sort` and `awk` work.
struct Table {
    /// A column.
    struct Column {
        /// What stands above it.
        var title: String
        /// Numbers are aligned at their right.
        var isNumeric = false
        /// Where the terminal is too narrow, columns with a lower importance go first.
        var importance = 0
        /// The widest cell's columns of a terminal.
        var width = 0
        /// Cells are cut to so many columns of a terminal.
        var widest = 40
    }

    /// A cell.
    struct Cell {
        /// Its text on a terminal.
        var text: String
        /// Its text elsewhere: nothing rounded, no relative time; nil when it is the same.
        var exact: String?
        var style = Style.plain

        init(_ text: String, exact: String? = nil, _ style: Style = .plain) {
            self.text = text
            self.exact = exact
            self.style = style
        }
    }

    let columns: [Column]
    private let widths: [Int]

    init(_ columns: [Column]) {
        self.columns = columns
        widths = columns.map { min($0.widest, max(DisplayWidth.of(SafeText.line($0.title)), $0.width)) }
    }

    /// A table of rows that are all at hand, as lines with the header first, and the titles of what does not fit.
    static func lines(_ columns: [Column], _ rows: [[Cell]], _ page: Page) -> (lines: [String], omitted: [String]) {
        let measured = columns.enumerated().map { index, column in
            var column = column
            column.width = rows.lazy.map { DisplayWidth.of($0[index].text) }.max() ?? 0
            return column
        }
        let table = Table(measured)
        let (shown, omitted) = table.layout(page)
        return ([table.header(shown, page)] + rows.map { table.line($0, shown, page) }, omitted)
    }

    /// The columns that fit, by their places, and the titles of those that do not.
    func layout(_ page: Page) -> (shown: [Int], omitted: [String]) {
        var shown = Array(columns.indices)
        guard let width = page.width else { return (shown, []) }
        while shown.count > 1, shown.reduce(-2, { $0 + widths[$1] + 2 }) > width {
            let least = shown.map { columns[$0].importance }.min()
            guard let last = shown.lastIndex(where: { columns[$0].importance == least }) else { break }
            shown.remove(at: last)
        }
        return (shown, columns.indices.filter { !shown.contains($0) }.map { columns[$0].title })
    }

    /// The line with the titles.
    func header(_ shown: [Int], _ page: Page) -> String {
        page.styled(line(columns.map { Cell(SafeText.line($0.title)) }, shown, page), .heading)
    }

    /// The line of one row.
    func line(_ row: [Cell], _ shown: [Int], _ page: Page) -> String {
        guard page.width != nil else {
            return shown.map { row[$0].exact ?? row[$0].text }.joined(separator: "\t")
        }
        var line = ""
        for (place, index) in shown.enumerated() {
            let isLast = place == shown.count - 1
            let text = DisplayWidth.cut(row[index].text, to: widths[index])
            let right = columns[index].isNumeric
            let padding = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(text)))
            line += right ? padding : ""
            line += page.styled(text, row[index].style)
            if !isLast { line += (right ? "" : padding) + "  " }
        }
        return line
    }
}
