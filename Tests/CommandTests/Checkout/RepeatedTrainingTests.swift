import JSON
import ProgramTesting
import SystemPackage
import Testing

/// What a snapshot is for: a training comes to the same result once more, after its project has gone on.
@Suite(.timeLimit(.minutes(5)), .enabled(if: ScikitLearn.isWanted, Comment(rawValue: ScikitLearn.advice)))
struct RepeatedTrainingTests {
    /// A project in a repository, with a virtual environment that has scikit-learn; the seed that it trains with is not committed.
    private static let project = """
        set -e
        export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
        GIT_COMMITTER_EMAIL=a@b
        cd digits; git init -q -b main; cp \(ScikitLearn.script) train.py; printf '*.run\\n.venv/\\n' >.gitignore
        git add -A; git commit -qm one; sed -i 's/^seed = 7$/seed = 11/' train.py; git diff --stat | grep -q train.py
        \(ScikitLearn.python) -m venv --without-pip .venv
        echo \(ScikitLearn.packages) >.venv/lib/python3.9/site-packages/scikit.pth
        """

    /// What the script wrote of its run into a folder.
    private func marker(in folder: String, _ world: Sandbox) throws -> JSON {
        try JSON(parsing: try world.text(of: world.root.appending("home/\(folder)/train.run")))
    }

    @Test func `a scikit-learn run repeats from a checkout, and as a rerun, with the same result`() async throws {
        let world = try Sandbox()
        let project = try world.makeProject("digits")
        let made = try await world.shell(Self.project)
        try #require(made.exit == .status(0), "\(made.errors)")
        try world.configure("{allow_root: true, projects: [{path: \(project)}]}\n")
        let agent = try await world.startAgent()
        let ran = try await world.shell("cd digits && .venv/bin/python train.py 0.001")
        try #require(ran.exit == .status(0), "\(ran.errors)")
        try await world.flush()
        let trial = try await world.run("show", "digits", "1", "--json").json()
        let result = try #require(trial["result"]?.double)
        let then = try marker(in: "digits", world)
        #expect(result == then["result"]?.double && trial["state"] == "succeeded", "\(trial.text())")

        // The project goes on, and would come to something else.
        let changed = try await world.shell(
            "cd digits; sed -i 's/^seed = 11$/seed = 3/' train.py; .venv/bin/python train.py 0.001; rm train.run")
        #expect(changed.exit == .status(0) && changed.text != ran.text, "\(changed.text) \(changed.errors)")
        try await world.flush()

        let written = try await world.run("checkout", "digits", "1", "by-hand")
        #expect(written.exit == .status(0), "\(written.errors)")
        let guide = try world.text(of: world.root.appending("home/by-hand/.trialwatch/RUN.md"))
        #expect(guide.contains("train.py 0.001"), "\(guide)")
        let again = try await world.shell("cd by-hand && ../digits/.venv/bin/python train.py 0.001")
        #expect(again.text == ran.text, "\(again.errors)")
        let rerun = try await world.run("rerun", "digits", "1", "--directory", "again", "--yes")
        #expect(rerun.exit == .status(0), "\(rerun.errors)")
        #expect(rerun.lines.last.map { $0 + "\n" } == ran.text, "\(rerun.text)")
        for folder in ["by-hand", "again"] {
            let now = try marker(in: folder, world)
            for key in ["result", "metrics", "persist", "seed", "parameters"] {
                #expect(now[key] == then[key] && now[key] != nil, "\(folder): \(key)")
            }
        }
        try await world.flush()
        let repeated = try await world.run("history", "digits", "--json").json()
        #expect(repeated.array?.count == 3, "\(repeated.text())")
        let last = try await world.run("show", "digits", "3", "--json").json()
        #expect(last["parent"] == "digits 1" && last["state"] == "succeeded", "\(last.text())")
        for key in ["result", "parameters", "persisted", "seed"] { #expect(last[key] == trial[key], "\(key)") }
        func points(_ trial: JSON) -> [[JSON?]] {
            (trial["metrics"]?.array ?? []).map { ($0["points"]?.array ?? []).map { $0["value"] } }
        }
        #expect(points(last) == points(trial) && !points(trial).isEmpty, "\(last.text())")
        #expect(await agent.stop() == .status(0))
    }
}
