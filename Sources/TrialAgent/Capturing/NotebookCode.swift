internal import JSON

/// The code of a notebook's cells.
///
/// Follows nbformat 4 and 3 (nbformat.readthedocs.io). Text and outputs are left out.
struct NotebookCode {
    /// The cells that ran, in the order in which they did, then those that have no number: one that still runs has none. Each
    /// begins with `# %%`, as editors part the cells of a script; it says nothing that another run of the same cells changes.
    let text: String
    /// All cells in the order in which they stand.
    let cells: String

    /// A notebook with its outputs may be larger than what is kept of it.
    static let mostBytes = 16 << 20

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
        let all = sheets.flatMap { $0["cells"]?.array ?? [] }.compactMap(Self.cell)
        let ran = all.filter { $0.count != nil }.sorted { $0.count ?? 0 < $1.count ?? 0 }
        let others = all.filter { $0.count == nil }
        let mark = ran.isEmpty ? "# %%" : "# %% has no number: it runs, or did not run"
        text = (ran.map { "# %%\n\($0.source)\n" } + others.map { "\(mark)\n\($0.source)\n" }).joined(separator: "\n")
        cells = all.map(\.source).joined(separator: "\n")
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
