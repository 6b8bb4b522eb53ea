internal import SystemCalls

/// What is known of the place that output goes to.
struct Page: Sendable {
    /// Columns to stay within; nil when the output is no terminal and nothing is cut.
    var width: Int?
    /// Whether styles are shown.
    var hasColour: Bool

    /// A file, a pipe, a test.
    static let plain = Page(width: nil, hasColour: false)

    /// What standard output is, with colour unless `NO_COLOR` (no-color.org) or `TERM=dumb` says otherwise.
    static func standardOutput(_ environment: [String: String]) -> Page {
        guard Terminal.isTerminal(1) else { return .plain }
        let declines = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
        return Page(width: Terminal.width(1) ?? 80, hasColour: !declines)
    }

    /// The text in a style, where styles are shown.
    func styled(_ text: String, _ style: Style) -> String {
        hasColour ? style.applied(to: text) : text
    }
}
