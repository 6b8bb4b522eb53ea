internal import Logging
internal import SystemCalls
internal import TrialAgent

/// The agent of this user and configuration, as another process talks to it.
struct AgentClient {
    private let client: ControlClient
    private let configuration: Configuration
    private let world: World

    /// An answer about what is at hand is there at once; one that waits for the stores takes as long as the agent allows.
    private static let patience: Duration = .seconds(5)
    private static let longPatience: Duration = .seconds(300)
    /// While an agent is waited for, it is asked for so often.
    private static let pause: Duration = .milliseconds(50)

    init(_ options: AgentOptions, _ world: World) throws(CommandFailure) {
        configuration = try world.configuration(options.config)
        self.world = world
        client = ControlClient(ControlAddress(of: configuration.state, in: world.surroundings))
    }

    /// What the agent is doing; nil when none runs, after having waited for one to be ready.
    func status(waiting span: Span?) async throws(CommandFailure) -> AgentStatus? {
        let end = ContinuousClock.now + .seconds(span?.seconds ?? 0)
        while true {
            if case .status(let status)? = try await ask(.status, within: Self.patience) {
                if span == nil || status.phase != .starting || ContinuousClock.now >= end { return status }
            }
            guard ContinuousClock.now < end else { return nil }
            try? await ContinuousClock().sleep(for: Self.pause)
        }
    }

    /// Waits until all that was claimed before is filed.
    func flush() async throws(CommandFailure) {
        try await ask(.flush, "flush")
    }

    /// Has the running agent do something; throws when none runs, or when it says that it cannot.
    func ask(_ request: ControlRequest, _ name: String) async throws(CommandFailure) {
        guard try await isDone(request, name) else { throw notRunning }
    }

    /// Has the running agent do something, or does it here where none runs.
    func perform(_ request: ControlRequest, _ name: String) async throws(CommandFailure) {
        if try await isDone(request, name) { return }
        let parts = try AgentParts(configuration, world).parts(
            logger: Logger(label: "trialwatch") { _ in
                JournalLog(Terminal.isTerminal(2) ? .terminal : .journal, level: .warning)
            })
        do throws(AgentError) {
            try await Agent(parts).perform(request, filing: true)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// False when no agent runs.
    private func isDone(_ request: ControlRequest, _ name: String) async throws(CommandFailure) -> Bool {
        switch try await ask(request, within: Self.longPatience) {
        case .done?: return true
        case .failed(let reason)?: throw CommandFailure(name, reason)
        case .status?: throw CommandFailure(name, "the agent answers something else than was asked")
        case nil: return false
        }
    }

    /// There is no agent to ask.
    var notRunning: CommandFailure {
        CommandFailure("agent", "none is running", remedy: "start one with: trialwatch agent")
    }

    private func ask(_ request: ControlRequest, within patience: Duration) async throws(CommandFailure)
        -> ControlAnswer?
    {
        do throws(AgentError) {
            return try await client.ask(request, within: patience)
        } catch {
            throw CommandFailure(error)
        }
    }
}
