public import Trials

/// A kind of store with a way to make an empty one: what the tests of every backend's promises run over.
public struct BackendFixture: Sendable, CustomStringConvertible {
    /// The name in test reports.
    public let name: String
    /// Whether agents that file one run at once may leave numbers that no trial has.
    public let leavesGaps: Bool
    /// Makes a store that nobody else uses.
    public let make: @Sendable () async throws -> TestedBackend

    /// The kind `name`.
    public init(
        _ name: String, leavesGaps: Bool = false, make: @escaping @Sendable () async throws -> TestedBackend
    ) {
        self.name = name
        self.leavesGaps = leavesGaps
        self.make = make
    }

    /// The name.
    public var description: String { name }
}

/// One store under test.
public struct TestedBackend: Sendable {
    /// Opens the store once more, as another process, or this one after a crash, would; prepared.
    public let open: @Sendable () async throws -> any TrialWriter & TrialReader
    /// How the program `backend-writer` is told to open it: `local:/directory`.
    public let address: String
    /// What has to live as long as the store: a directory, a server.
    private let owner: any Sendable

    /// A store that `open` opens, in a place that `owner` removes when it goes.
    public init(
        owner: any Sendable, address: String,
        open: @escaping @Sendable () async throws -> any TrialWriter & TrialReader
    ) {
        self.owner = owner
        self.address = address
        self.open = open
    }
}
