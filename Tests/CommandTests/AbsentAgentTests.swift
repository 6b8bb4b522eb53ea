import JSON
import ProgramTesting
import SystemPackage
import Testing

/// What happens to runs while no agent is there is found out by the next one.
@Suite(.serialized) struct AbsentAgentTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// What is done while the agent runs, and while it does not.
        let before: String
        let meanwhile: String
        let state: String
        let description: JSON
        /// Part of a problem of the trial; nil for none at all.
        let problem: String?

        init(
            _ name: String, _ before: String, _ meanwhile: String, _ state: String, _ description: JSON = .null,
            problem: String? = nil
        ) {
            (testDescription, self.before, self.meanwhile) = (name, before, meanwhile)
            (self.state, self.description, self.problem) = (state, description, problem)
        }
    }

    static let rows = [
        Row(
            "a run whose process ends unseen, as `unknown_exit` says",
            // Its parent asks at once how it ended, and then nobody can any more.
            "bash -c 'sleep 300 & echo $! > pid.new; mv pid.new pid; wait' >/dev/null 2>&1 & "
                + "until test -e pid; do :; done; echo \"pid: $(cat pid)\" > m; mv m a.run",
            "kill $(cat pid); while test -e /proc/$(cat pid); do :; done", "failed",
            "UnknownExit(its process ended, and its exit status is not known)", problem: "exit status is not known"),
        Row(
            "a run that is closed by another version", "echo 'state: running' > m; mv m a.run",
            "echo '{result: 1}' > m; mv m a.run", "succeeded"),
        Row(
            "a run whose marker is deleted", "echo 'state: running' > m; mv m a.run", "rm a.run", "aborted",
            problem: "its marker was deleted"),
        Row(
            "a run whose marker is moved goes on there", "echo 'state: running' > m; mv m a.run", "mv a.run b.run",
            "running"),
        Row(
            "a run whose process goes on, and is closed by it later",
            "sleep 300 & echo $! > pid; echo \"pid: $!\" > m; mv m a.run", "true", "running"),
        Row(
            "a metrics file that grows meanwhile",
            "echo 'step,l' > l.csv; echo '{state: running, metrics_file: l.csv}' > m; mv m a.run",
            "printf '1,1\\n2,2\\n' >> l.csv; echo '{result: 1}' > m; mv m a.run", "succeeded"),
    ]

    @Test(arguments: rows)
    func `a run that goes on while the agent is away has the right state after its next start`(row: Row) async throws {
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure("projects: [{path: \(project), experiment: e, grace: 300ms}]\n")
        let first = try await world.startAgent()
        #expect(try await world.shell("cd project; \(row.before)").exit == .status(0))
        try await world.flush()
        #expect(await first.stop() == .status(0))
        #expect(try await world.shell("cd project; \(row.meanwhile)").exit == .status(0))
        let second = try await world.startAgent()
        try await world.flush()
        let isRight = try await world.eventually {
            try await world.run("history", "e", "--json").json()[0]?["state"]?.string == row.state
        }
        try await world.flush()
        let history = try await world.run("history", "e", "--json")
        #expect(isRight, "\(history.text)")
        #expect(try history.json().array?.count == 1)
        let trial = try await world.run("show", "e", "1", "--json").json()
        #expect(trial["description"] == row.description)
        let problems = trial["problems"]?.array?.compactMap(\.string) ?? []
        if let problem = row.problem {
            #expect(problems.contains { $0.contains(problem) }, "\(problems)")
        } else {
            #expect(problems.isEmpty, "\(problems)")
        }
        if row.before.contains("l.csv") { #expect(trial["metrics"]?[0]?["count"] == 2) }
        _ = try await world.shell("kill $(cat project/pid) 2>/dev/null")
        #expect(await second.stop() == .status(0))
    }

    @Test(.enabled(if: MountNamespace.isPermitted, Comment(rawValue: MountNamespace.advice)))
    func `when the machine was started anew meanwhile no process is taken for the one of before`() async throws {
        let world = try Sandbox(in: MountNamespace())
        let project = try world.makeProject()
        try world.configure("projects: [{path: \(project), experiment: e, grace: 300ms}]\n")
        let first = try await world.startAgent()
        let begun = try await world.shell(
            """
            sleep 300 & echo $! > pid
            cd project; echo "{pid: $!, parameters: {i: 1}}" > m; mv m a.run
            trialwatch flush
            """)
        #expect(begun.exit == .status(0), "\(begun.errors)")
        #expect(try await world.run("history", "e", "--json").json()[0]?["state"] == "running")
        #expect(await first.stop() == .status(0))
        // The process is still there, with its number and its start: only the machine's own start is another.
        try world.write("0b0b0b0b-0000-4000-8000-000000000000\n", to: world.root.appending("boot_id"))
        let mounted = try await world.shell(
            "mount --bind \(world.root.appending("boot_id")) /proc/sys/kernel/random/boot_id")
        #expect(mounted.exit == .status(0))
        let second = try await world.startAgent()
        let isClosed = try await world.eventually {
            try await world.run("history", "e", "--json").json()[0]?["state"] == "failed"
        }
        #expect(isClosed)
        let problems = try await world.run("show", "e", "1", "--json").json()["problems"]?.array ?? []
        #expect(problems.contains { $0.string?.contains("exit status is not known") == true }, "\(problems)")
        #expect(try await world.shell("kill $(cat pid)").exit == .status(0))
        #expect(await second.stop() == .status(0))
    }
}
