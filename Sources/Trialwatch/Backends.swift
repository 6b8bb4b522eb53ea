internal import SystemPackage
internal import TrialAgent
internal import Trials
internal import YAML

/// The kinds of store that this program has.
struct Backends: BackendKinds {
    /// One line a backend.
    static let kinds: [any BackendKind] = [
        LocalKind(),
        RedisKind(),
        MongoKind(),
    ]

    var names: [String] { Self.kinds.map(\.name) }

    func kind(ofScheme scheme: String) -> String? {
        Self.kinds.first { $0.schemes.contains(scheme) }?.name
    }

    func check(_ choice: BackendChoice, _ expansion: TextExpansion, _ findings: YAMLFindings) {
        Self.kinds.first { $0.name == choice.kind }?.check(choice, expansion, findings)
    }

    /// The store that a checked choice means; does not connect.
    func open(_ choice: BackendChoice, _ surroundings: Surroundings) throws(CommandFailure) -> Store {
        guard let kind = Self.kinds.first(where: { $0.name == choice.kind }) else {
            throw CommandFailure(
                "backend \(choice.name)", "there is no kind '\(choice.kind)' in this version", status: .configuration)
        }
        return try kind.open(choice, surroundings)
    }
}

/// One kind of store: how its settings are read, and how they become a store.
protocol BackendKind: Sendable {
    /// As the configuration names it: `{local: {…}}`.
    var name: String { get }

    /// What its addresses begin with, without `://`.
    var schemes: [String] { get }

    /// Adds a problem for everything that is wrong with the settings or the address. Does not connect.
    func check(_ choice: BackendChoice, _ expansion: TextExpansion, _ findings: YAMLFindings)

    /// The store that a checked choice means. Does not connect.
    func open(_ choice: BackendChoice, _ surroundings: Surroundings) throws(CommandFailure) -> Store

    /// The store that lies in a directory; nil for a kind that keeps no files.
    func open(directory: FilePath, _ surroundings: Surroundings) throws(CommandFailure) -> Store?

    /// The store whose only experiment is the one in a folder; nil for a kind that keeps no files.
    func open(experiment: Experiment.ID, at folder: FilePath, _ surroundings: Surroundings) throws(CommandFailure)
        -> Store?
}

/// One store, from both sides.
struct Store: Sendable {
    /// Trials are filed here.
    let writer: any TrialWriter
    /// Trials are read here.
    let reader: any TrialReader
    /// Where it is, without user and password.
    let address: String
    /// Keeps up what is derived from the records, until its task is cancelled; the agent runs it.
    let upkeep: @Sendable () async -> Void
    /// How long what is derived has lagged behind the records; nil while it is current.
    let lag: @Sendable () -> Duration?
    /// The directory that it writes to; nil for a store that keeps no files here.
    let folder: FilePath?
}
