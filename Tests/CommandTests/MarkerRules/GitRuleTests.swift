import JSON
import ProgramTesting
import Testing

/// Git's own work is no run, and ends none.
@Suite(.serialized) struct GitRuleTests {
    typealias Trial = MarkerRule.Trial

    /// A repository with five markers of runs that have ended and one of a run that is open.
    private static let begin = """
        git init -q -b main .; git config user.email a@b; git config user.name n; echo x > code; git add code
        git commit -qm one; sleep 3
        for i in 1 2 3 4 5; do put $i.run "{parameters: {i: $i}, result: 1}"; done; put open.run 'state: running'; flush
        """
    private static let trials =
        (1...5).map { Trial("succeeded", ["i": JSON($0)]) } + [Trial("running", problems: [])]

    static let rules = [
        MarkerRule(
            "a stash of untracked markers and its return",
            "\(begin); git stash -qu; sleep 1.5; git stash pop -q; sleep 1",
            trials),
        MarkerRule(
            "another branch and back",
            "\(begin); git add -A; git commit -qm two; sleep 3; git checkout -q HEAD~1; sleep 1.5; "
                + "git checkout -q main; sleep 1",
            trials),
        MarkerRule(
            "a rebase of commits that hold the markers",
            "\(begin); git add -A; git commit -qm two; git checkout -qb side HEAD~1; echo y > other; git add other; "
                + "git commit -qm three; sleep 3; git checkout -q main; git rebase -q side; sleep 1", trials),
        MarkerRule(
            "another work tree below the project",
            "\(begin); git add -A; git commit -qm two; git worktree add -q tree -b side; sleep 1", trials),
        MarkerRule(
            "a clone below the project", "\(begin); git add -A; git commit -qm two; git clone -q . copy; sleep 1",
            trials),
        MarkerRule(
            "twenty markers written, added and committed are twenty trials",
            "git init -q -b main .; git config user.email a@b; git config user.name n; "
                + "for i in $(seq 20); do echo \"parameters: {i: $i}\" > x.run; git add -A; git commit -qm $i; sleep 0.1; done",
            (1...20).map { Trial("succeeded", ["i": JSON($0)]) }, byGit: 0...0),
        MarkerRule(
            "a marker that is added, and another branch at once, is a trial",
            "git init -q -b main .; git config user.email a@b; git config user.name n; echo x > code; git add code; "
                + "git commit -qm one; echo 'parameters: {i: 1}' > x.run; git add -A; git checkout -qb side; sleep 1",
            [Trial("succeeded", ["i": 1])], byGit: 0...0),
    ]

    @Test(arguments: rules)
    func `git's own work`(rule: MarkerRule) async throws { try await rule.verify() }

    @Test func `a clone under a pattern of projects brings no trials, whenever the agent comes by it`() async throws {
        let world = try Sandbox()
        try world.configure("projects: [{path: ~/work/*, experiment: e}]\n")
        let first = try await world.startAgent()
        let script = try await world.shell(
            """
            set -e; mkdir origin; cd origin; git init -q .; git config user.email a@b; git config user.name n
            for i in 1 2 3; do echo "parameters: {i: $i}" > $i.run; done; git add -A; git commit -qm one; cd ..
            mkdir -p work; git clone -q origin work/copy
            """)
        #expect(script.exit == .status(0), "\(script.errors)")
        try await world.flush()
        #expect(await first.stop() == .status(0))
        let second = try await world.startAgent()
        try await world.flush()
        #expect(try await world.run("history", "e").exit == .status(66))
        #expect(try await world.run("status", "--json").json()["projects"]?[0]?["baseline"] == 3)
        #expect(await second.stop() == .status(0))
    }

    @Test func `markers of a tree that a checkout made are no runs, and what runs there is`() async throws {
        let rule = MarkerRule(
            "",
            """
            mkdir -p ../made/deep ../made/.trialwatch; echo 'parameters: {i: 1}' > ../made/deep/a.run; sleep 0.05
            echo '{}' > ../made/.trialwatch/trial.json; mv ../made .; sleep 1; flush; put made/deep/a.run 'parameters: {i: 2}'
            """, [Trial("succeeded", ["i": 2], problems: [])])
        try await rule.verify()
    }
}
