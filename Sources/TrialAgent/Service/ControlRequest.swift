/// What can be asked of a running agent over its control socket.
public enum ControlRequest: Codable, Sendable, Equatable {
    /// What it is doing.
    case status
    /// Answers when all that was claimed before is filed, derived files included, or with what hinders it.
    case flush
}

/// The agent's answer.
public enum ControlAnswer: Codable, Sendable, Equatable {
    case status(AgentStatus)
    case done
    /// It could not be done, and why.
    case failed(String)
}
