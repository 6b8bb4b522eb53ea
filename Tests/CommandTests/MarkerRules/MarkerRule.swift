import JSON
import ProgramTesting
import SystemPackage
import Testing

/// One rule about markers: a script that a user runs in a project, and the trials that must come of it.
struct MarkerRule: CustomTestStringConvertible, Sendable {
    /// What must be true of one trial; nil says nothing about it.
    struct Trial: Sendable {
        var state: String
        var parameters: JSON?
        var result: JSON?
        /// The values of each series.
        var metrics: [String: [Double]]?
        /// What the history says of the end.
        var description: String?
        var attempt: Int?
        /// Each is part of one of the trial's problems; an empty list wants none at all.
        var problems: [String]?

        init(
            _ state: String, _ parameters: JSON? = nil, result: JSON? = nil, metrics: [String: [Double]]? = nil,
            description: String? = nil, attempt: Int? = nil, problems: [String]? = nil
        ) {
            (self.state, self.parameters, self.result, self.metrics) = (state, parameters, result, metrics)
            (self.description, self.attempt, self.problems) = (description, attempt, problems)
        }
    }

    let testDescription: String
    let script: String
    /// What the configuration says of the project, besides where it is.
    let settings: String
    /// The trials, by number.
    let trials: [Trial]
    /// Parts of the reasons of rejected markers, oldest first.
    let rejected: [String]
    /// Versions that were passed over because git put them in place.
    let byGit: ClosedRange<Int>?

    init(
        _ description: String, _ script: String, _ trials: [Trial], settings: String = "grace: 300ms",
        rejected: [String] = [], byGit: ClosedRange<Int>? = nil
    ) {
        (testDescription, self.script, self.trials) = (description, script, trials)
        (self.settings, self.rejected, self.byGit) = (settings, rejected, byGit)
    }
}

extension MarkerRule {
    /// Runs the script under the eyes of an agent, and compares.
    func verify() async throws {
        let world = try Sandbox()
        let project = try world.makeProject("project")
        try world.configure("projects: [{path: \(project), experiment: e, \(settings)}]\n")
        let agent = try await world.startAgent()
        let script = try await world.shell("set -e; cd project; \(Self.functions); \(self.script)")
        #expect(script.exit == .status(0), "\(script.errors)")
        try await world.flush()
        let open = trials.count { $0.state == "running" }
        // The end of a process is seen when the kernel says so, which no flush can wait for.
        let isSettled = try await world.eventually {
            try await world.run("status", "--json").json()["open"]?.array?.count == open
        }
        try await world.flush()
        let log = try world.text(of: agent.errorPath)
        #expect(isSettled, "\(log)")
        try await compare(in: world, log: log)
        #expect(await agent.stop() == .status(0))
    }

    /// What scripts are written with: a marker renamed into place, which stands until the agent has seen it, however much the
    /// machine has to do; and one written in place.
    private static let functions = """
        flush() { trialwatch flush; }; write() { printf '%s\\n' "$2" > "$1"; }
        put() { printf '%s\\n' "$2" > "$1.new"; mv "$1.new" "$1"; flush; }
        """

    private func compare(in world: Sandbox, log: String) async throws {
        let history = try await world.run("history", "e", "--json", "--limit", "1000")
        let rows = ((try? history.json())?.array ?? []).sorted { $0["trial"]?.int ?? 0 < $1["trial"]?.int ?? 0 }
        #expect(rows.map { $0["state"]?.string } == trials.map(\.state), "\(log)")
        for (row, expected) in zip(rows, trials) {
            let number = row["trial"]?.int ?? 0
            let trial = try await world.run("show", "e", String(number), "--json").json()
            if let parameters = expected.parameters { #expect(trial["parameters"] == parameters, "trial \(number)") }
            if let result = expected.result { #expect(trial["result"] == result, "trial \(number)") }
            if let description = expected.description {
                #expect(trial["description"]?.string == description, "trial \(number)")
            }
            if let attempt = expected.attempt { #expect(trial["attempt"]?.int == attempt, "trial \(number)") }
            if let metrics = expected.metrics { #expect(Self.metrics(of: trial) == metrics, "trial \(number)") }
            let problems = trial["problems"]?.array?.compactMap(\.string) ?? []
            if expected.problems?.isEmpty == true { #expect(problems == [], "trial \(number)") }
            for part in expected.problems ?? [] {
                #expect(problems.contains { $0.contains(part) }, "trial \(number): no \(part) in \(problems)")
            }
        }
        let status = try await world.run("status", "--json").json()
        let reasons = status["rejected"]?.array?.compactMap { $0["reason"]?.string } ?? []
        #expect(reasons.count == rejected.count, "\(reasons)")
        for (reason, part) in zip(reasons, rejected) { #expect(reason.contains(part)) }
        if let byGit {
            let count = try #require(status["projects"]?[0]?["by_git"]?.int)
            #expect(byGit.contains(count), "\(log)")
        }
    }

    private static func metrics(of trial: JSON) -> [String: [Double]] {
        let pairs = (trial["metrics"]?.array ?? []).map { metric in
            let points = metric["points"]?.array ?? []
            return (metric["name"]?.string ?? "", points.compactMap { $0["value"]?.double })
        }
        return Dictionary(pairs) { $1 }
    }
}
