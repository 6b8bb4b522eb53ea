internal import ArgumentParser
internal import TrialAgent

struct FlushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flush",
        abstract: "Waits until all that the agent has seen is filed.",
        discussion: """
            Every marker that stood in its place before is a trial when this returns, and every file of the store is \
            up to date, those for daskperiment, too. Says what hinders it and ends with 1 when a backend is out of \
            reach.
            """)

    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let world = try World.ofThisProcess()
        try await AgentClient(agent, world).flush()
    }
}
