internal import ArgumentParser
internal import Logging
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

struct AgentCommand: BegunOnMainThread {
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

    /// What the agent takes as requests instead of being ended by it; blocked in every thread.
    static let signals: [Signal] = [.terminate, .interrupt, .hangup]

    func begin() -> Rest {
        Signal.block(Self.signals)
        return { try await run() }
    }

    func run() async throws {
        let signals = try takeSignals()
        let world = try World.ofThisProcess()
        try awaitConfiguration(world)
        let configuration = try world.configuration(agent.config)
        let settings = JournalLog.Settings(
            configuration.log, text: Terminal.isTerminal(2) ? .terminal : .journal)
        let parts = AgentParts(configuration, option: agent.config, world).parts(
            logger: Logger(label: "trialwatch") { _ in JournalLog(settings) }, settings: settings)
        defer { settings.tellRest() }
        do throws(AgentError) {
            try await Agent(parts).run(once: once, allowingRoot: allowRoot, signals: signals)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// A service that starts before its home is there has no configuration, or one that cannot be read. The service manager is to
    /// try again, and not to be told that nothing is to be watched, nor, by status 78, that trying again makes no sense.
    private func awaitConfiguration(_ world: World) throws(CommandFailure) {
        let surroundings = world.surroundings
        guard !once, surroundings.variables["NOTIFY_SOCKET"]?.isEmpty == false,
            let reason = Configuration.absence(option: agent.config.map { FilePath($0) }, in: surroundings)
        else { return }
        throw CommandFailure("agent", reason, remedy: "trialwatch init FOLDER writes one")
    }

    private func takeSignals() throws(CommandFailure) -> SignalDescriptor {
        // A peer that went away is an error of the write, not the agent's end.
        Signal.brokenPipe.ignore()
        do throws(SystemCallError) {
            return try SignalDescriptor(Self.signals)
        } catch {
            throw CommandFailure("agent", "taking signals: \(error)")
        }
    }
}
