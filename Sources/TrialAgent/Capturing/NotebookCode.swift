internal import JSON

/// The code of a notebook's cells that ran, in the order in which they did.
///
/// Follows nbformat 4 and 3 (nbformat.readthedocs.io); cells are headed as `jupyter nbconvert --to script` does. Cells that never
/// ran, text and outputs are left out; where none is known to have run, all code is there in the notebook's order.
struct NotebookCode {
    /// The text.
    let text: String

    /// A notebook with its outputs may be larger than what is kept of it.
    static let mostBytes = 64 << 20

    private struct Cell {
        let count: Int?
        let source: String
    }

    /// The code of a notebook's file; nil when that is none.
    init?(_ content: [UInt8]) {
        // Python writes numbers that are not finite into outputs.
        var parser = JSONParser(content, acceptsNonFinite: true)
        guard let notebook = try? parser.document(), notebook["nbformat"]?.int != nil else { return nil }
        let sheets = notebook["worksheets"]?.array ?? [notebook]
        let cells = sheets.flatMap { $0["cells"]?.array ?? [] }.compactMap(Self.cell)
        let ran = cells.filter { $0.count != nil }.sorted { $0.count ?? 0 < $1.count ?? 0 }
        text = (ran.isEmpty ? cells : ran).map { cell in
            "# In[\(cell.count.map(String.init) ?? " ")]:\n\(cell.source)\n"
        }.joined(separator: "\n")
    }

    private static func cell(_ cell: JSON) -> Cell? {
        guard cell["cell_type"]?.string == "code" else { return nil }
        guard let source = text(cell["source"] ?? cell["input"]), source.contains(where: { !$0.isWhitespace }) else {
            return nil
        }
        return Cell(count: (cell["execution_count"] ?? cell["prompt_number"])?.int, source: source)
    }

    /// A text in one piece, or line by line.
    private static func text(_ source: JSON?) -> String? {
        source?.string ?? source?.array.map { $0.compactMap(\.string).joined() }
    }
}
