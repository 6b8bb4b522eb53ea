/// Why a store did not do what was asked.
public struct StoreError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// What the caller can make of it.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// The store cannot be reached or used now.
        case unavailable
        /// The store will not take this.
        case refused
        /// What the store holds cannot be read.
        case damaged
        /// There is no such experiment or trial.
        case notFound
        /// The settings are wrong.
        case misconfigured
    }

    /// What the caller can make of it.
    public let kind: Kind
    /// What was being done: `appending to the journal`.
    public let operation: String
    /// To what: a path, an experiment, a trial; never a URI with its password.
    public let subject: String
    /// What went wrong.
    public let reason: String
    /// What the user can do; nil when nothing but to wait.
    public let remedy: String?
    /// True when the same call may succeed later without anybody's doing.
    public let isTransient: Bool

    /// An error of a store.
    public init(
        _ kind: Kind, _ operation: String, _ subject: String, reason: String, remedy: String? = nil, isTransient: Bool
    ) {
        self.kind = kind
        self.operation = operation
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
        self.isTransient = isTransient
    }

    /// `appending to the journal: /data/x: no space left on device (free some space)`.
    public var description: String {
        "\(operation): \(subject): \(reason)" + (remedy.map { " (\($0))" } ?? "")
    }
}
