import SystemPackage
import Testing
import TrialAgent

@Suite struct `Ignore rules` {
    static func rules(_ lines: [String]) throws -> IgnoreRules {
        IgnoreRules(adding: try lines.compactMap { try IgnoreRules.Rule($0) })
    }

    // The right column is what `git check-ignore` (2.39) says, to which `?` is a byte.
    @Test(
        arguments: [
            (["data/"], "data", true, true), (["data/"], "data", false, false), (["data/"], "a/data", true, true),
            (["data/"], "a/data/x.run", false, true), (["/data"], "a/data", true, false),
            (["/data"], "data", false, true),
            (["a/data"], "a/data", true, true), (["a/data"], "b/a/data", true, false),
            (["*.ckpt"], "deep/in/x.ckpt", false, true),
            (["*.ckpt"], "x.ckpt.run", false, false), (["a/*"], "a/b", false, true), (["a/*"], "a/b/c", false, true),
            (["**/logs"], "logs", true, true), (["**/logs"], "a/b/logs", true, true), (["a/**"], "a", true, false),
            (["a/**"], "a/b/c", false, true), (["a/**/b"], "a/b", true, true), (["a/**/b"], "a/x/y/b", true, true),
            (["a/**/b"], "a/x/c", true, false), (["*.run", "!keep.run"], "keep.run", false, false),
            (["*.run", "!keep.run"], "other.run", false, true),
            (["out/", "!out/keep.run"], "out/keep.run", false, true),
            (["\\!x"], "!x", false, true), (["\\#x"], "#x", false, true), (["# x"], "# x", false, false),
            (["x  "], "x", false, true),
            (["x\\ "], "x ", false, true), (["run[0-9]"], "run7", true, true), (["run[!0-9]"], "run7", true, false),
            (["run?"], "runé", true, false), (["run??"], "runé", true, true), (["a?c"], "a/c", false, false),
            (["*"], "any/thing", false, true),
            (["foo**bar"], "fooxbar", false, true), (["foo**bar"], "foo/bar", false, false),
            (["[]x]y"], "]y", false, true),
        ] as [([String], String, Bool, Bool)])
    func `follow gitignore's syntax`(lines: [String], path: String, isDirectory: Bool, isIgnored: Bool) throws {
        #expect(try Self.rules(lines).ignores(FilePath(path), isDirectory: isDirectory) == isIgnored)
    }

    @Test(arguments: [
        (".git", true), ("sub/.git", true), (".venv", true), ("a/venv/lib", true), ("web/node_modules", true),
        ("src/__pycache__", true),
        ("opt/miniconda3/pkgs", true), ("pkgs", false), ("env", false), (".trialwatch", false), ("outputs", false),
        ("data", false),
    ])
    func `the built-in list passes over what holds no runs`(path: String, isIgnored: Bool) {
        #expect(IgnoreRules().ignores(FilePath(path), isDirectory: true) == isIgnored)
    }

    @Test func `a built-in rule can be taken back, but git's folder stays closed`() throws {
        let rules = try Self.rules(["!venv/", "!.git/"])
        #expect(!rules.ignores("venv", isDirectory: true))
        #expect(rules.ignores(".git", isDirectory: true))
        #expect(rules.ignores(".git/hooks", isDirectory: true))
    }

    @Test func `a walk asks about one entry only`() throws {
        let rules = try Self.rules(["out/"])
        #expect(rules.ignores("out/a", isDirectory: false))
        #expect(!rules.ignoresEntry("out/a", isDirectory: false))
    }

    @Test(arguments: ["[abc", "a\\", "[z-a]", "x/[", "/"])
    func `what is no pattern is refused`(line: String) {
        #expect(throws: GlobError.self) { try IgnoreRules.Rule(line) }
    }

    @Test func `many stars cost no more than the product of the lengths`() throws {
        let pattern = try GlobPattern(String(repeating: "a*", count: 60) + "b")
        let name = String(repeating: "a", count: 250)
        let start = ContinuousClock.now
        #expect(!pattern.matches(name))
        let path = try PathPattern(String(repeating: "**/a/", count: 30) + "b")
        let deep = Array(repeating: "a", count: 200)
        #expect(!path.matches(deep))
        #expect(start.duration(to: .now) < .seconds(2))
    }

    @Test(
        arguments: [("pyvenv.cfg", true), ("conda-meta", true), ("setup.cfg", false)] as [(FilePath.Component, Bool)])
    func `an environment is known by its mark, whatever it is called`(name: FilePath.Component, isMark: Bool) {
        #expect(IgnoreRules.marksEnvironment(name) == isMark)
    }
}

@Suite struct `Marker patterns` {
    @Test(arguments: [
        ("train.run", true), ("a/b/train.run.yaml", true), ("train.run.yml", true), ("train.run.json", true),
        (".hidden.run", true),
        ("train.running", false), ("run", false), ("train.run.txt", false), ("train.run.trial.json", false),
        ("x.trial.json", false), (".train.run.swp", false), ("train.run~", false), (".#train.run", false),
        ("#train.run#", false),
        (".trialwatch/4f.run", true), (".trialwatch/.4f.run.swp", false), ("", false),
    ])
    func `match names as the marker's description has it`(path: String, isMarker: Bool) {
        #expect(MarkerPatterns.standard.matches(FilePath(path)) == isMarker)
    }

    @Test func `the agent's own folder holds markers whatever the patterns say`() throws {
        let patterns = MarkerPatterns([try GlobPattern("*.trial")])
        #expect(patterns.matches("/work/x/.trialwatch/1.run"))
        #expect(!patterns.matches("/work/x/1.run"))
        #expect(!patterns.matches("/work/x/.trialwatch/sub/1.run"))
        #expect(patterns.matches("1.trial"))
        #expect(!MarkerPatterns([try GlobPattern("*")]).matches("x.run.trial.json"))
    }

    @Test func `a name that is no UTF-8 is matched by wildcards`() {
        let name: [CInterop.PlatformChar] =
            [CChar(bitPattern: 0xFF), CChar(bitPattern: 0xFE)] + ".run\0".utf8.map { CChar(bitPattern: $0) }
        #expect(MarkerPatterns.standard.matches(FilePath(platformString: name)))
    }
}
