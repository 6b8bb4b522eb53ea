internal import ArgumentParser

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Watches the projects of the configuration and files their runs, in the foreground.",
        discussion: """
            Logs to standard error; a service manager that starts it is told when it is ready (systemd's Type=notify).

              trialwatch agent
              trialwatch agent --once          files what is there, and leaves: for cron, CI and containers
            """)

    @Flag(help: "File what is there, and leave; a project that is seen for the first time has no baseline.")
    var once = false

    @Flag(help: "Run as root, whose files the agent then writes.")
    var allowRoot = false

    @OptionGroup var agent: AgentOptions

    func run() async throws {
        throw CommandFailure("agent", "not built yet")
    }
}
