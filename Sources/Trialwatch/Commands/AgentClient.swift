internal import TrialAgent

/// The agent of this user and configuration, as another process talks to it.
struct AgentClient {
    init(_ options: AgentOptions, _ world: World) throws(CommandFailure) {}
    func status(waiting: Span?) async throws(CommandFailure) -> AgentStatus? { nil }
    func flush() async throws(CommandFailure) { throw notRunning }
    var notRunning: CommandFailure { CommandFailure("agent", "none is running", remedy: "trialwatch agent") }
}
