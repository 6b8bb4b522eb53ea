import Testing
import Trials

@testable import TrialAgent

@Suite struct StepTokensTests {
    private struct Unread: Error, Equatable {}

    private func hash(_ inputs: Value, _ output: Value = .null) -> StepHash? {
        StepTokens.hash(of: Marker.Step(name: "train", inputs: inputs, output: output))
    }

    /// The answers of dask 1.2.2 under Python 3.7.
    @Test(
        arguments: [
            (.integer(1), "c0a8a20f903a4915b94db8de3ea63195"), (.float(0.1), "e5bf059acd7f6415da503001a8d63f89"),
            (.text("x"), "557e9fe555e8a44ebc49d07908a3e2d4"), (.bool(true), "7d1ac3ada9b22d4206378375c3b7fea4"),
            (.null, "8c9f081a88f539969f3dff99d6e05e36"),
            (.list([.integer(1), .float(2.5), .text("x")]), "14639e30e20bc3973103b426c5b6214b"),
            (.mapping(["b": .integer(1), "a": .list([.integer(1)])]), "5e7c14fe346db1bec0981f8e5ee9d31e"),
        ] as [(Value, String)])
    func `a value's hash is dask's`(value: Value, digest: String) {
        #expect(hash(.list([value]))?.input == digest)
        #expect(hash(.list([]), value)?.output == digest)
    }

    @Test func `positional and keyword arguments are hashed as a call's`() {
        #expect(hash(.list([]))?.input == "bcd8b0c2eb1fce714eab6cef0d771acc")
        #expect(hash(.mapping([:])) == hash(.list([])))
        #expect(hash(.list([.integer(1), .integer(2)]))?.input == "85985a7bd912508f89c96f0ff61e15a6")
        // One mapping as keywords is one mapping as the only argument.
        #expect(hash(.mapping(["b": .integer(2)])) == hash(.list([.mapping(["b": .integer(2)])])))
        #expect(hash(.mapping(["a": .null, "b": .null])) == hash(.mapping(["b": .null, "a": .null])))
    }

    @Test func `inputs that are neither list nor mapping are one argument`() {
        #expect(hash(.integer(1))?.input == "c0a8a20f903a4915b94db8de3ea63195")
        #expect(hash(.null)?.input == "8c9f081a88f539969f3dff99d6e05e36")
    }

    @Test(arguments: [
        ("x", "'x'"), ("it's", "\"it's\""), ("\"", "'\"'"), ("it's \"so\"", #"'it\'s "so"'"#), (#"a\b"#, #"'a\\b'"#),
        ("\t\n\r", #"'\t\n\r'"#), ("\u{0}\u{7F}\u{85}", #"'\x00\x7f\x85'"#), ("größe ✓ 🚀", "'größe ✓ 🚀'"),
        ("\u{A0}\u{2028}\u{FEFF}", #"'\xa0\u2028\ufeff'"#), ("\u{10FFFF}\u{E000}", #"'\U0010ffff\ue000'"#),
        // A face of Unicode 14, which Python 3.7 does not know.
        ("\u{1FAE0}", #"'\U0001fae0'"#),
    ])
    func `a text is quoted as Python quotes it`(text: String, quoted: String) {
        #expect(PythonText.quoted(text) == quoted)
    }

    @Test(
        arguments: [
            (1, "1.0"), (-0.0, "-0.0"), (1e-5, "1e-05"), (0.0001, "0.0001"), (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"), (.leastNonzeroMagnitude, "5e-324"),
            (0.1 + 0.2, "0.30000000000000004"),
        ] as [(Double, String)])
    func `a float is written as Python writes it`(float: Double, text: String) {
        #expect(PythonText.number(float) == text)
    }

    @Test func `a file counts as the text of its hash, wherever it stands`() throws {
        let file = Value.mapping(["file": .text("a.csv")])
        let step = Marker.Step(name: "load", inputs: .list([file, .list([file])]), output: .mapping(["x": file]))
        #expect(StepTokens.hash(of: step) == nil)
        var asked: [String] = []
        let hash = StepTokens.hash(of: step) { path throws(Never) in
            asked.append(path)
            return "ff"
        }
        let plain = Marker.Step(
            name: "load", inputs: .list([.text("ff"), .list([.text("ff")])]), output: .mapping(["x": .text("ff")]))
        #expect(hash == StepTokens.hash(of: plain))
        #expect(asked == ["a.csv", "a.csv", "a.csv"])
        let only = Marker.Step(name: "load", inputs: file, output: .null)
        #expect(StepTokens.hash(of: only) { _ throws(Never) in "x" }.input == "557e9fe555e8a44ebc49d07908a3e2d4")
    }

    @Test func `a file that cannot be read leaves the step without a hash`() {
        let step = Marker.Step(name: "load", inputs: .mapping(["file": .text("a.csv")]), output: .null)
        #expect(throws: Unread()) { try StepTokens.hash(of: step) { _ throws(Unread) in throw Unread() } }
    }

    @Test(arguments: [("train", "train"), ("val step", "val_step"), ("1", "_1"), ("été", "été")])
    func `a step is kept under the nearest identifier`(name: String, identifier: String) {
        let step = Marker.Step(name: name, inputs: .list([]), output: .null)
        #expect(StepTokens.hash(of: step)?.step == identifier)
    }
}
