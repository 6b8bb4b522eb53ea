/// The one error of the pipeline: what was being done, to what, what went wrong, and what the user can do.
public struct AgentError: Error, Sendable, CustomStringConvertible {
    /// Where in the pipeline it happened.
    public enum Stage: String, Sendable, Codable {
        case configuration
        case watching
        case reading
        case capturing
        case spooling
        case filing
        case service
    }

    /// Where in the pipeline it happened.
    public let stage: Stage
    /// What it happened to: a path, a run, a backend's name; never a URI with its password.
    public let subject: String
    /// What was being done and what went wrong.
    public let reason: String
    /// What the user can do; nil when nothing but to wait.
    public let remedy: String?
    /// True when the same may succeed later without anybody's doing.
    public let isTransient: Bool
    /// The error of the module below.
    public let cause: (any Error)?

    /// An error of a stage.
    public init(
        _ stage: Stage, _ subject: String, _ reason: String, remedy: String? = nil, isTransient: Bool = false,
        cause: (any Error)? = nil
    ) {
        self.stage = stage
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
        self.isTransient = isTransient
        self.cause = cause
    }

    /// `/data/x.run: reading the marker: permission denied (…)`.
    public var description: String {
        "\(subject): \(reason)" + (remedy.map { " (\($0))" } ?? "")
    }
}
