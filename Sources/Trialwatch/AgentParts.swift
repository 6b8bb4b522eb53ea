internal import Glibc
internal import Logging
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import YAML

/// What an agent is put together from: the one place that knows all stores and all capturers.
struct AgentParts {
    private let configuration: Configuration
    private let option: String?
    private let world: World

    /// Parts for a configuration that was read with `--config` as it is given.
    init(_ configuration: Configuration, option: String? = nil, _ world: World) {
        self.configuration = configuration
        self.option = option
        self.world = world
    }

    /// The parts, with a logger that says what the agent does; `settings` are those that it goes by.
    func parts(logger: Logger, settings: JournalLog.Settings? = nil) -> Agent.Parts {
        Agent.Parts(
            configuration: configuration, surroundings: world.surroundings,
            read: { [world, option] () throws(YAMLProblems) in try world.readConfiguration(option) },
            adopt: { settings?.adopt($0.log) }, tellOverdue: { settings?.tellOverdue() },
            open: { [world] (choice) throws(AgentError) in try Self.open(choice, world) },
            leave: { failure in
                logger.warning("a call has not returned; what it was about waits for the next start")
                if let failure { logger.error("\(failure)") }
                settings?.tellRest()
                // exit(3) would wait for what others hold.
                _exit((failure == nil ? CommandFailure.Status.done : .failed).rawValue)
            },
            capturers: Capturers.all(git: nil), version: Version.text, executable: Self.executable, logger: logger)
    }

    private static func open(_ choice: BackendChoice, _ world: World) throws(AgentError) -> NamedBackend {
        do throws(CommandFailure) {
            let store = try Backends().open(choice, world.surroundings)
            return NamedBackend(
                name: choice.name, kind: choice.kind, address: store.address, writer: store.writer,
                folder: store.folder, upkeep: store.upkeep, lag: store.lag)
        } catch {
            throw AgentError(.configuration, "backend \(choice.name)", "opening it: \(error)")
        }
    }

    private static var executable: FilePath {
        (try? FileSystem.target(ofLink: "/proc/self/exe")) ?? FilePath(CommandLine.arguments.first ?? "trialwatch")
    }
}
