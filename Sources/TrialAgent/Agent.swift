public import Logging
import Synchronization
public import SystemCalls
public import SystemPackage
public import YAML

/// The agent: watches, reads, captures, spools and files until it is told to stop.
///
/// The stages know only of what comes after them. The spool is the hand-off between the half that looks at projects and the
/// half that talks to stores; either may die at any moment.
public struct Agent: Sendable {
    /// How long it runs.
    enum Mode: Sendable {
        /// Until a signal ends it.
        case service
        /// Until what is there is filed; a project that is seen for the first time has no baseline.
        case once
        /// Until one request is answered; nothing is watched.
        case request
    }

    /// What the agent works with; put together by the program.
    public struct Parts: Sendable {
        /// What is to be watched, and how.
        public var configuration: Configuration
        /// Reads the configuration anew.
        public var read: @Sendable () throws(YAMLProblems) -> Configuration
        /// Called with a configuration that holds from now on.
        public var adopt: @Sendable (Configuration) -> Void
        /// Called now and then: what the log held back is to be said.
        public var tellOverdue: @Sendable () -> Void
        /// Opens a store; does not connect.
        public var open: @Sendable (BackendChoice) throws(AgentError) -> NamedBackend
        /// Ends the process, because a call that cannot be broken off does not return; with what went wrong before. What is
        /// durable goes on at the next start.
        public var leave: @Sendable (AgentError?) -> Void
        /// Whom the agent works for.
        public var surroundings: Surroundings
        /// Everything that is captured.
        public var capturers: [any Capturer]
        /// Its version, which records name.
        public var version: String
        /// Its executable, which it starts again as capture worker.
        public var executable: FilePath
        /// Where it says what it does.
        public var logger: Logger

        /// These parts.
        public init(
            configuration: Configuration, surroundings: Surroundings,
            read: @escaping @Sendable () throws(YAMLProblems) -> Configuration,
            adopt: @escaping @Sendable (Configuration) -> Void = { _ in },
            tellOverdue: @escaping @Sendable () -> Void = {},
            open: @escaping @Sendable (BackendChoice) throws(AgentError) -> NamedBackend,
            leave: @escaping @Sendable (AgentError?) -> Void, capturers: [any Capturer], version: String,
            executable: FilePath,
            logger: Logger
        ) {
            self.read = read
            self.adopt = adopt
            self.tellOverdue = tellOverdue
            self.open = open
            self.leave = leave
            self.configuration = configuration
            self.surroundings = surroundings
            self.capturers = capturers
            self.version = version
            self.executable = executable
            self.logger = logger
        }
    }

    /// After a signal to stop, this long is given to what is under way.
    static let timeToStop: Duration = .seconds(4)
    /// What has not returned so long after it was broken off is left to itself.
    static let timeToBreakOff: Duration = .milliseconds(500)
    /// With `.once`, this long is given to the stores.
    static let timeToFile: Duration = .seconds(60)
    /// After a request that no running agent takes, this long.
    static let timeToFileRequest: Duration = .seconds(10)

    private let parts: Parts

    /// An agent of these parts.
    public init(_ parts: Parts) { self.parts = parts }

    /// Runs the stages as one task group until told to stop; `signals` ask it to.
    ///
    /// Throws when it cannot begin: as root unasked, with a state directory that another agent has, without inotify; with
    /// `.once` also when something could not be filed, which then waits in the spool.
    public func run(
        once: Bool, allowingRoot: Bool = false, signals: consuming SignalDescriptor
    ) async throws(AgentError) {
        try refuseRoot(unless: allowingRoot)
        let state = try StateDirectory(at: parts.configuration.state)
        let mode: Mode = once ? .once : .service
        let pipeline = try Pipeline(parts, mode, state: state.path, thread: EventThread(taking: signals))
        if once { try await runOnce(pipeline) } else { try await serve(pipeline) }
        // The lock is held until here.
        _ = consume state
    }

    /// Does what a running agent would be asked to do, where none runs: through the same stages, and watching nothing.
    ///
    /// With `filing` it then gives the stores some time, and answers also what hinders them; what is not filed waits in the spool.
    /// Throws when it cannot be done; as a transient error of spooling while another agent has the state directory.
    public func perform(
        _ request: ControlRequest, filing: Bool, allowingRoot: Bool = false
    ) async throws(AgentError) -> (answer: ControlAnswer, hindrance: AgentError?) {
        try refuseRoot(unless: allowingRoot)
        let state = try StateDirectory(at: parts.configuration.state)
        let pipeline = try Pipeline(parts, .request, state: state.path, thread: EventThread())
        let hindrance = Mutex<AgentError?>(nil)
        let given = Mutex(ControlAnswer.done)
        try await pipeline.run(answering: nil) { _ in
            let answer = await pipeline.answer(request)
            if case .failed(let reason) = answer { return AgentError(.service, "trialwatch", reason) }
            given.withLock { $0 = answer }
            do throws(AgentError) {
                if filing {
                    try await pipeline.flush(within: Self.timeToFileRequest)
                } else {
                    await pipeline.stage.whenIdle()
                    await pipeline.files.caughtUp()
                    await pipeline.progress.whenIdle()
                }
            } catch {
                hindrance.withLock { $0 = error }
            }
            return nil
        }
        // The lock is held until here.
        _ = consume state
        return (given.withLock { $0 }, hindrance.withLock { $0 })
    }

    private func refuseRoot(unless isAllowed: Bool) throws(AgentError) {
        guard !parts.surroundings.isRoot || isAllowed || parts.configuration.allowRoot else {
            throw AgentError(
                .service, "agent", "it is started as root, whose agent could read every user's files",
                remedy: "start it as the user whose projects it watches, or with --allow-root")
        }
    }

    private func runOnce(_ pipeline: Pipeline) async throws(AgentError) {
        try await pipeline.run(answering: nil) { _ in
            do throws(AgentError) {
                try await pipeline.flush(within: Self.timeToFile)
                return nil
            } catch {
                return error
            }
        }
    }

    private func serve(_ pipeline: Pipeline) async throws(AgentError) {
        let notifier = Notifier(address: parts.surroundings.variables["NOTIFY_SOCKET"])
        let address = ControlAddress(of: parts.configuration.state, in: parts.surroundings)
        let control = try ControlSocket(at: address) { await pipeline.answer($0) }
        let attend: @Sendable () async -> Void = {
            let isWatched = await FirstScan(telling: notifier).wait(
                until: { await pipeline.watched() }, while: { pipeline.isScanning(within: $0) },
                status: { pipeline.scanStatus })
            guard !Task.isCancelled else { return }
            let status = isWatched ? pipeline.serviceStatus : "\(pipeline.scanStatus); what is watched is filed"
            pipeline.bulletin.phase = .running
            notifier.ready(status)
            parts.logger.notice("\(status)")
            ProcessMemory.giveBackCode()
            await withDiscardingTaskGroup { group in
                if !isWatched {
                    group.addTask {
                        await pipeline.watched()
                        if !Task.isCancelled { notifier.status(pipeline.serviceStatus) }
                    }
                }
                group.addTask { await pipeline.planner(telling: notifier).run() }
                group.addTask { for await _ in pipeline.bulletin.outages { notifier.status(pipeline.serviceStatus) } }
                group.addTask { await MetricsExport(pipeline).run() }
                group.addTask {
                    // Until then a project may have captures of its own.
                    if !isWatched { await pipeline.watched() }
                    await pipeline.keepUp()
                }
                if let watchdog = Watchdog(parts.surroundings.variables) {
                    group.addTask {
                        await watchdog.run(telling: notifier) { limit in
                            parts.tellOverdue()
                            return pipeline.hasMadeProgress(within: limit)
                        }
                    }
                }
            }
        }
        try await pipeline.run(answering: control, beside: [attend]) { signals in
            await signals.untilStop { signal in if signal == .hangup { pipeline.wishes.reload() } }
            pipeline.bulletin.phase = .stopping
            notifier.stopping()
            return nil
        }
    }
}
