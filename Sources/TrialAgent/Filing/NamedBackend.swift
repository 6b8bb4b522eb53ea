public import SystemPackage
public import Trials

/// A store as the composition root hands it to the agent.
public struct NamedBackend: Sendable {
    /// The name that the configuration gives it: entries, records and status know it by this name alone.
    public let name: String
    /// `local`, `redis`, `mongodb`.
    public let kind: String
    /// Where it is, without user and password.
    public let address: String
    /// Where its trials are filed.
    public let writer: any TrialWriter
    /// Keeps up what the store derives from its records, until the task is cancelled.
    public let upkeep: @Sendable () async -> Void
    /// How long what the store derives from its records has lagged behind them; nil while it is current.
    public let lag: @Sendable () -> Duration?

    /// What it writes to on this machine: never watched; nil for a store that keeps no files here.
    public let folder: FilePath?

    /// The store `name`.
    public init(
        name: String, kind: String, address: String = "", writer: any TrialWriter, folder: FilePath? = nil,
        upkeep: @escaping @Sendable () async -> Void = {},
        lag: @escaping @Sendable () -> Duration? = { nil }
    ) {
        self.name = name
        self.kind = kind
        self.address = address
        self.writer = writer
        self.folder = folder
        self.upkeep = upkeep
        self.lag = lag
    }

    /// Which opening of a store this is: the same is filed to by the same filer.
    private let opening = Opening()
    private final class Opening: Sendable {}

    /// Whether both are one opening of one store.
    func isSame(as other: NamedBackend) -> Bool { opening === other.opening }
}
