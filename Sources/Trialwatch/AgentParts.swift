internal import Logging
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

/// What an agent is put together from: the one place that knows all stores and all capturers.
struct AgentParts {
    private let configuration: Configuration
    private let world: World
    private let stores: [(backend: NamedBackend, folder: FilePath?)]

    /// Opens the store of each project, each once, and the common one.
    init(_ configuration: Configuration, _ world: World) throws(CommandFailure) {
        self.configuration = configuration
        self.world = world
        let discovery = ProjectDiscovery(configuration)
        let projects = discovery.projects + discovery.missing.compactMap { configuration.project(at: $0) }
        var stores: [(backend: NamedBackend, folder: FilePath?)] = []
        for choice in [configuration.backend] + configuration.backends + projects.map(\.backend)
        where !stores.contains(where: { $0.backend.name == choice.name }) {
            let store = try Backends().open(choice, world.surroundings)
            let backend = NamedBackend(
                name: choice.name, kind: choice.kind, writer: store.writer, upkeep: store.upkeep, lag: store.lag)
            stores.append((backend, store.folder))
        }
        self.stores = stores
    }

    /// The parts, with a logger that says what the agent does.
    func parts(logger: Logger) -> Agent.Parts {
        Agent.Parts(
            configuration: configuration, surroundings: world.surroundings, backends: stores.map(\.backend),
            capturers: Capturers.all(git: nil), version: Version.text, executable: Self.executable,
            storeFolders: stores.compactMap(\.folder), logger: logger)
    }

    private static var executable: FilePath {
        (try? FileSystem.target(ofLink: "/proc/self/exe")) ?? FilePath(CommandLine.arguments.first ?? "trialwatch")
    }
}
