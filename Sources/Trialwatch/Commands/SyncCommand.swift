internal import ArgumentParser
internal import TrialAgent

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Brings derived files up to date now, such as those for daskperiment.",
        discussion: """
            For what is filed already; trialwatch flush waits for what is not. A backend that derives nothing has \
            nothing to do. Says what hinders it and ends with 1, such as a process that has a file open.
            """)

    @OptionGroup var agent: AgentOptions

    func run() async throws {
        try await AgentClient(agent, World.ofThisProcess()).perform(.sync, "sync")
    }
}
