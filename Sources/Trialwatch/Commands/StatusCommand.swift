internal import ArgumentParser
internal import TrialAgent

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Says what the agent is doing, and what it could not do.",
        discussion: """
            Projects and watches, open trials, what waits for which backend, markers that could not be understood with \
            the line and the reason. The exit status is 0 when all is well, and 1 when no agent runs or something \
            needs you.
            """)

    @Option(
        help: ArgumentHelp("Wait so long for the agent to be running: 10s, 5m.", valueName: "time"),
        transform: Named.span)
    var wait: Span?

    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let world = try World.ofThisProcess()
        let out = world.output()
        let client = try AgentClient(agent, world)
        guard let status = try await client.status(waiting: wait) else {
            guard output.json else { throw client.notRunning }
            try out.json(StatusJSON.notRunning)
            try out.flush()
            throw CommandFailure(status: .failed)
        }
        if output.json {
            try out.json(StatusJSON.of(status))
        } else {
            try StatusPage(status: status, moments: world.moments).write(to: out)
        }
        try out.flush()
        if !status.isHealthy { throw CommandFailure(status: .failed) }
    }
}
