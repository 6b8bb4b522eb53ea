/// A heading with labelled lines under it.
struct Section {
    /// A line: what it is, and what it says.
    struct Line {
        var label: String
        var text: String
        var style: Style

        init(_ label: String, _ text: String, _ style: Style = .plain) {
            self.label = label
            self.text = text
            self.style = style
        }
    }

    /// What stands above the lines.
    let title: String
    private var lines: [Line] = []

    init(_ title: String) {
        self.title = title
    }

    /// Adds a line; one without text is left out.
    mutating func add(_ label: String, _ text: String?, _ style: Style = .plain) {
        guard let text, !text.isEmpty else { return }
        lines.append(Line(SafeText.line(label), text, style))
    }

    /// Prints the section, unless it is empty.
    func write(to output: Output) throws(CommandFailure) {
        guard !lines.isEmpty else { return }
        try output.line()
        try output.line(title, .heading)
        let width = min(28, lines.map { DisplayWidth.of($0.label) }.max() ?? 0)
        for line in lines {
            let label = width == 0 ? "" : DisplayWidth.pad(line.label, to: width) + "  "
            let room = output.page.width.map { max(20, $0 - 2 - DisplayWidth.of(label)) }
            let text = room.map { DisplayWidth.cut(line.text, to: $0) } ?? line.text
            try output.line("  " + output.page.styled(label, .dim) + output.page.styled(text, line.style))
        }
    }
}
