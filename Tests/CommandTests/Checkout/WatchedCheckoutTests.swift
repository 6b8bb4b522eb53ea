import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// A checkout into a folder that the agent watches files no run a second time.
@Suite(.timeLimit(.minutes(3))) struct WatchedCheckoutTests {
    private let world: Sandbox
    private let project: FilePath

    init() throws {
        world = try Sandbox()
        project = try world.makeProject()
        try world.configure("{allow_root: true, settle: 100ms, projects: [{path: \(project), experiment: e}]}\n")
    }

    /// Two trials; git tracks the marker of the first, and the snapshot of the second has it, and many other files.
    private func makeTrials() async throws {
        let made = try await world.shell(
            """
            set -e
            export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
            GIT_COMMITTER_EMAIL=a@b
            cd project; git init -q; mkdir many; seq 2000 | split -l 1 -a 3 - many/; echo '*.run' >.gitignore
            put() { echo "parameters: {n: $2}" >.m; mv .m $1.run; trialwatch flush; }
            put kept 1; git add .; git add -f kept.run; git commit -qm one; put other 2
            """)
        try #require(made.exit == .status(0), "\(made.errors)")
    }

    private func trials() async throws -> Int {
        try await world.flush()
        return try await filed()
    }

    private func filed() async throws -> Int {
        try #require(try await world.run("history", "e", "--json").json().array).count
    }

    @Test func `only markers that git tracks are in a checkout, and none of them is a run, but what runs there is`()
        async throws
    {
        let agent = try await world.startAgent()
        try await makeTrials()
        let output = try await world.run("checkout", "e", "2", "project/again")
        #expect(output.exit == .status(0), "\(output.errors)")
        let there = try await world.shell("cd project/again; ls *.run; ls -A .trialwatch")
        #expect(there.lines == ["kept.run", "RUN.md", "requirements.txt", "trial.json"], "\(there.text)")
        #expect(try await trials() == 2)
        try world.replace(project.appending("again/new.run"), with: "parameters: {n: 3}\n")
        #expect(try await trials() == 3)
        #expect(await agent.stop() == .status(0))
    }

    @Test func `a marker that a checkout wrote is no run either while the checkout has long to go`() async throws {
        let agent = try await world.startAgent()
        try await makeTrials()
        let there = project.appending("again")
        let fault = Fault(.stop, at: 1000, of: ["write"], in: [there], note: world.root.appending("stopped"))
        let slow = try world.start(
            world.program, ["checkout", "e", "2", there.string], environment: fault.environment())
        #expect(try await world.eventually { try fault.met() != nil })
        #expect(FileSystem.isPermitted(there.appending("kept.run")))
        // This one stands still for as long as the agent waits for one, and was written after that of the checkout.
        try world.write("parameters: {n: 3}\n", to: project.appending("later.run"))
        // A flush would wait for what the checkout is about.
        #expect(try await world.eventually { try await filed() >= 3 })
        let notices = try await world.run("status", "--json").json()["notices"]?.array?.compactMap(\.string) ?? []
        let waits = notices.filter { $0.contains("again/kept.run: it waits") && $0.contains("checkout") }
        #expect(waits.count == 1, "\(notices)")
        #expect(slow.isRunning)
        slow.send(SIGCONT)
        #expect(await slow.wait() == .status(0))
        #expect(try await trials() == 3)
        let after = try await world.run("status", "--json").text
        #expect(!after.contains("it waits to be filed"), "\(after)")
        #expect(await agent.stop() == .status(0))
    }
}
