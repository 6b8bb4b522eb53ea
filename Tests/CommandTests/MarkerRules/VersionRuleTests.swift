import JSON
import ProgramTesting
import Testing

/// Which run a version of a marker speaks of, when no process and no git has a say in it.
@Suite(.serialized) struct VersionRuleTests {
    typealias Trial = MarkerRule.Trial

    static let rules = [
        MarkerRule("an empty marker is a run that succeeded", "touch a.run", [Trial("succeeded", [:], problems: [])]),
        MarkerRule(
            "a result closes an open run",
            "put a.run '{state: running, parameters: {lr: 1}}'; flush; put a.run '{parameters: {lr: 1}, result: 0.9}'",
            [Trial("succeeded", ["lr": 1], result: 0.9)]),
        MarkerRule(
            "an error closes an open run as failed",
            "put a.run 'state: running'; put a.run 'error: {type: ValueError, message: bad input}'",
            [Trial("failed", description: "ValueError(bad input)")]),
        MarkerRule(
            "a state closes an open run", "put a.run 'state: running'; put a.run 'state: aborted'", [Trial("aborted")]),
        MarkerRule(
            "a finish closes an open run", "put a.run 'started: 100'; put a.run '{started: 100, finished: 101.5}'",
            [Trial("succeeded")]),
        MarkerRule(
            "another value of a parameter begins a new run, and the one before says who took its marker",
            "put a.run '{state: running, parameters: {lr: 1}}'; put a.run '{state: running, parameters: {lr: 2}}'; put a.run 'result: 5'",
            [Trial("aborted", ["lr": 1], problems: ["taken over"]), Trial("succeeded", ["lr": 2], result: 5)]),
        MarkerRule(
            "another seed begins a new run",
            "put a.run '{state: running, seed: 1}'; put a.run '{state: running, seed: 2}'; put a.run 'result: 1'",
            [Trial("aborted"), Trial("succeeded")]),
        MarkerRule(
            "another start begins a new run",
            "put a.run 'started: 100'; put a.run 'started: 200'; put a.run 'result: 1'",
            [Trial("aborted"), Trial("succeeded")]),
        MarkerRule(
            "a hundred epochs rewritten, and a result, are one trial with a hundred points",
            """
            series=; for i in $(seq 100); do series="$series$i, "; echo "metrics: {loss: [$series]}" > new; mv new a.run; sleep 0.05; done
            put a.run "{metrics: {loss: [$series]}, result: 1}"
            """, [Trial("succeeded", result: 1, metrics: ["loss": (1...100).map(Double.init)])]),
        MarkerRule(
            "a marker that is opened, given parameters, after three seconds a result, and closed is one trial",
            """
            exec 8> a.run; echo 'parameters: {lr: 0.5}' >&8; sleep 3; echo 'result: 7' >&8; exec 8>&-
            """, [Trial("succeeded", ["lr": 0.5], result: 7, problems: [])]),
        MarkerRule(
            "a run closed by default is amended by a result for equal parameters",
            "put a.run 'parameters: {lr: 1}'; put a.run '{parameters: {lr: 1}, result: 2}'",
            [Trial("succeeded", ["lr": 1], result: 2)]),
        MarkerRule(
            "an explicit close is never reopened",
            "put a.run 'result: 1'; put a.run '{result: 1, tags: [x]}'; put a.run 'result: 1'",
            [Trial("succeeded"), Trial("succeeded"), Trial("succeeded")]),
        MarkerRule(
            "rewriting the marker at each run's end makes a trial each",
            "for i in 1 2 3; do write a.run \"parameters: {i: $i}\"; sleep 0.1; done",
            [Trial("succeeded", ["i": 1]), Trial("succeeded", ["i": 2]), Trial("succeeded", ["i": 3])]),
        MarkerRule(
            "a shorter series is a new run", "put a.run 'metrics: {l: [1, 2]}'; put a.run 'metrics: {l: [1]}'",
            [Trial("succeeded", metrics: ["l": [1, 2]]), Trial("succeeded", metrics: ["l": [1]])]),
        MarkerRule(
            "a closing version goes to the open run whose parameters it gives",
            """
            put a.run '{run: x, state: running, parameters: {i: 1}}'; put b.run '{run: y, state: running, parameters: {i: 2}}'
            put b.run '{run: x, result: 10}'; put a.run '{run: y, result: 20}'
            """, [Trial("succeeded", ["i": 1], result: 10), Trial("succeeded", ["i": 2], result: 20)]),
        MarkerRule(
            "a run's name is taken once: the second is rejected, and told which trial has it",
            "put a.run '{run: baseline, result: 1}'; flush; put b.run '{run: baseline, result: 2}'",
            [Trial("succeeded", result: 1)], rejected: ["run key 'baseline' already names trial 1"]),
        MarkerRule(
            "more of a named run amends it, wherever it is told",
            "put a.run '{run: b, parameters: {i: 1}}'; put c.run '{run: b, parameters: {i: 1}, result: 2}'",
            [Trial("succeeded", ["i": 1], result: 2)]),
        MarkerRule(
            "group, parent and tags are kept, and an unknown key with a hint at the known one",
            "put a.run '{group: sweep, parent: base, tags: [x], paramters: {i: 1}}'",
            [Trial("succeeded", problems: ["did you mean parameters?"])]),
        MarkerRule(
            "a marker that moves while its run is open is the same run, there too",
            "put a.run 'state: running'; flush; mv a.run b.run; sleep 0.5; put b.run 'result: 3'",
            [Trial("succeeded", result: 3)]),
        MarkerRule(
            "a folder that moves with an open run's marker in it takes the run along",
            "mkdir x; put x/a.run 'state: running'; flush; mv x y; flush; put y/a.run 'result: 3'",
            [Trial("succeeded", result: 3)]),
        MarkerRule(
            "a deleted marker aborts a run that names no process",
            "put a.run 'state: running'; flush; rm a.run", [Trial("aborted", problems: ["its marker was deleted"])]),
        MarkerRule(
            "a folder deleted with an open run's marker in it aborts the run",
            "mkdir x; put x/a.run 'state: running'; flush; rm -r x", [Trial("aborted")]),
        MarkerRule(
            "a marker that was deleted and is back within the grace is the same run",
            "put a.run 'state: running'; flush; rm a.run; put a.run '{state: running, tags: [x]}'; sleep 0.5; flush",
            [Trial("running")]),
    ]

    @Test(arguments: rules)
    func `which run a version speaks of`(rule: MarkerRule) async throws { try await rule.verify() }

    @Test func `files renamed over one marker at once are trials, or are counted as overwritten`() async throws {
        let world = try Sandbox()
        let project = try world.makeProject("project")
        try world.configure("projects: [{path: \(project), experiment: e}]\n")
        let agent = try await world.startAgent()
        let script = try await world.shell(
            """
            set -e; cd project; for i in $(seq 200); do echo "parameters: {i: $i}" > n$i; done
            python3 -c 'import os; [os.rename(f"n{i}", "a.run") for i in range(1, 201)]'
            trialwatch flush; echo 'parameters: {i: 0}' > n; mv n a.run; trialwatch flush
            """)
        #expect(script.exit == .status(0), "\(script.errors)")
        let trials = try await world.run("history", "e", "--limit", "1000", "--json").json().array ?? []
        let status = try await world.run("status", "--json").json()
        let overwritten = status["projects"]?[0]?["overwritten"]?.int ?? 0
        #expect(trials.count + overwritten == 201)
        #expect(overwritten > 0)
        // Each trial tells how many came before it that nobody read.
        var told = 0
        for number in trials.filter({ $0["problems"]?.int != 0 }).compactMap({ $0["trial"]?.int }) {
            let trial = try await world.run("show", "e", String(number), "--json").json()
            for problem in trial["problems"]?.array?.compactMap(\.string) ?? [] where problem.contains("overwritten") {
                told += problem.split(separator: " ").lazy.compactMap { Int($0) }.first ?? 0
            }
        }
        #expect(told == overwritten)
        #expect(await agent.stop() == .status(0))
    }
}
