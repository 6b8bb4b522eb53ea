import Testing

@testable import Trialwatch

@Suite struct CommandSubstitutionTests {
    @Test(
        arguments: [
            ("lr", ["t", "--lr", "0.1"], ["t", "--lr", "9"]), ("lr", ["t", "-lr", "0.1"], ["t", "-lr", "9"]),
            ("lr", ["t", "--lr=0.1", "x"], ["t", "--lr=9", "x"]), ("lr", ["t", "lr=0.1"], ["t", "lr=9"]),
            ("a.lr", ["t", "+a.lr=0.1"], ["t", "+a.lr=9"]),
            ("batch_size", ["t", "--batch-size", "1"], ["t", "--batch-size", "9"]),
            ("lr", ["t", "--lr", "-1e-3"], ["t", "--lr", "9"]), ("lr", ["t", "--lr-decay", "0.1"], nil),
            ("lr", ["lr=1", "t"], nil), ("lr", ["t", "lr", "0.1"], nil),
        ] as [(String, [String], [String]?)])
    func `a value goes where the command names its parameter`(name: String, command: [String], changed: [String]?) {
        let result = CommandSubstitution.replacing(name, with: "9", in: command)
        #expect(result == changed.map { .replaced($0) } ?? .absent)
    }

    @Test(arguments: [
        ["t", "--amp", "--lr", "0.1"], ["t", "--lr", "0.1", "--amp"], ["t", "--amp", "-v", "0.1"],
        ["t", "--amp", "1", "--amp", "--lr"],
    ])
    func `a flag without a value gets none`(command: [String]) {
        #expect(CommandSubstitution.replacing("amp", with: "false", in: command) == .valueless("--amp"))
    }

    @Test(
        arguments: [
            ("python", true), ("/usr/bin/python3.12", true), ("python3.13t", true), ("pypy3", true),
            ("torchrun", false), ("bash", false), ("python-config", false), ("pythonize.sh", false),
            ("/opt/python/run", false), ("", false),
        ])
    func `only a word that names a Python is taken for one`(word: String, isPython: Bool) {
        #expect(RerunPlan.namesPython(word) == isPython)
    }

    @Test(
        arguments: [
            (["a", "b.c"], "a b.c"), (["a b"], "'a b'"), (["it's"], "'it'\\''s'"), ([""], "''"),
            (["\u{1B}[1m\n'"], "$'\\x1b[1m\\x0a\\x27'"), (["$HOME"], "'$HOME'"),
        ] as [([String], String)])
    func `a command line is quoted as a shell reads it`(words: [String], line: String) {
        #expect(ShellText.line(words) == line)
    }
}
