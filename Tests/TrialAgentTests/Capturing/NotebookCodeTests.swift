import Testing
import Trials

@testable import TrialAgent

/// What is taken of a notebook as the code of a run.
@Suite struct NotebookCodeTests {
    private let ground: CaptureGround

    /// A cell that runs has no number, like one that never ran.
    private static let uncounted = "# %% has no number: it runs, or did not run"

    init() throws { ground = try CaptureGround() }

    private func capture(_ notebook: String) throws -> CapturedPart {
        try ground.write("a.ipynb", notebook)
        return try CodeCapturer().capture(ground.subject(code: ["a.ipynb"]))
    }

    private func cell(_ source: String, count: Int?, outputs: String = "[]") -> String {
        """
        {"cell_type": "code", "execution_count": \(count.map(String.init) ?? "null"), "metadata": {},
         "outputs": \(outputs), "source": \(source)}
        """
    }

    private func notebook(_ cells: String...) -> String {
        """
        {"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# A title"]}, \(cells.joined(separator: ",\n"))],
         "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        """
    }

    @Test
    func
        `cells that ran come in the order in which they did, then those without a number, all without what they printed`()
        throws
    {
        let part = try capture(
            notebook(
                cell(#"["x = load()\n", "fit(x)"]"#, count: 7),
                cell(#""import numpy""#, count: 2, outputs: #"[{"output_type": "stream", "text": ["secret"]}]"#),
                cell(#""mark()""#, count: nil), cell(#""  \n""#, count: 3)))
        #expect(part.code?.files.map(\.path) == ["a.ipynb"])
        #expect(
            part.code?.files.first?.text
                == "# %%\nimport numpy\n\n# %%\nx = load()\nfit(x)\n\n\(Self.uncounted)\nmark()\n")
        #expect(part.problems == [])
    }

    @Test func `where none is known to have run, all code is there in the notebook's order`() throws {
        let part = try capture(notebook(cell(#""b = 1""#, count: nil), cell(#""a = 2""#, count: nil)))
        #expect(part.code?.files.first?.text == "# %%\nb = 1\n\n# %%\na = 2\n")
    }

    @Test func `notebooks of before nbformat 4 are read, too`() throws {
        let part = try capture(
            """
            {"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [
              {"cell_type": "code", "input": ["b = 1"], "language": "python", "outputs": [], "prompt_number": 2},
              {"cell_type": "code", "input": "a = 1", "language": "python", "outputs": [], "prompt_number": 1}]}]}
            """)
        #expect(part.code?.files.first?.text == "# %%\na = 1\n\n# %%\nb = 1\n")
    }

    @Test func `what cells print may be much, and what is not finite, and changes nothing`() throws {
        let image = String(repeating: "iVBORw0KGgo", count: 600_000)
        let big = cell(
            #""plot()""#, count: 1,
            outputs: #"[{"output_type": "display_data", "data": {"image/png": "\#(image)"}, "metadata": {"max": NaN}}]"#
        )
        let (first, second) = (try capture(notebook(big)), try capture(notebook(cell(#""plot()""#, count: 1))))
        #expect(first.code?.files.first?.text == "# %%\nplot()\n")
        #expect(first.problems == [])
        #expect(first == second)
    }

    @Test(arguments: [
        "", "no notebook", "{}", "[1]", #"{"nbformat": 4, "nbformat": 4}"#, "{\"nbformat\": 4, \"cells\": [",
    ])
    func `what is no notebook is kept as it is, and that is said`(text: String) throws {
        let part = try capture(text)
        #expect(part.code?.files.first?.text == text)
        #expect(part.problems == ["code: a.ipynb is no notebook that can be understood, and is kept as it is"])
    }

    @Test func `what runs once more is the same code, and another cell is other code`() throws {
        let (one, two) = (#""one()""#, #""two()""#)
        let first = try capture(notebook(cell(one, count: 1), cell(two, count: nil)))
        let again = try capture(notebook(cell(one, count: 7), cell(two, count: 9)))
        let other = try capture(notebook(cell(one, count: 1), cell(#""three()""#, count: nil)))
        #expect(first.sources == again.sources)
        #expect(first.sources != other.sources)
    }

    @Test func `a notebook that is odd inside costs its odd cells alone`() throws {
        let part = try capture(
            #"{"nbformat": 4, "cells": [1, null, {"cell_type": "code", "source": 5}, {"cell_type": "code", "source": ["a", 1]}]}"#
        )
        #expect(part.code?.files.first?.text == "# %%\na\n")
    }
}
