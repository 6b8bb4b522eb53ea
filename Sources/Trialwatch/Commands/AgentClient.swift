internal import Bytes
internal import Logging
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials

/// The agent of this user and configuration, as another process talks to it.
struct AgentClient {
    private let client: ControlClient
    private let configuration: Configuration
    private let world: World

    /// An answer about what is at hand is there at once; one that waits for the stores takes as long as the agent allows.
    private static let patience: Duration = .seconds(5)
    /// Others that record runs at this moment are done soon, however many; a run that does not wait for them is lost.
    private static let turnPatience: Duration = .seconds(60)
    private static let longPatience: Duration = .seconds(300)
    /// While an agent is waited for, it is asked for so often.
    private static let pause: Duration = .milliseconds(50)

    init(_ options: AgentOptions, _ world: World) throws(CommandFailure) {
        self.init(try world.configuration(options.config), world)
    }

    init(_ configuration: Configuration, _ world: World) {
        self.configuration = configuration
        self.world = world
        client = ControlClient(ControlAddress(of: configuration.state, in: world.surroundings))
    }

    /// What the agent is doing; nil when none runs, after having waited for one to be ready.
    func status(waiting span: Span?) async throws(CommandFailure) -> AgentStatus? {
        let end = ContinuousClock.now + .seconds(span?.seconds ?? 0)
        while true {
            if case .status(let status)? = try await ask(.status, within: Self.patience) {
                if span == nil || status.phase != .starting || ContinuousClock.now >= end { return status }
            }
            guard ContinuousClock.now < end else { return nil }
            try? await QuietClock().sleep(for: Self.pause)
        }
    }

    /// Waits until all that was claimed before is filed.
    func flush() async throws(CommandFailure) {
        try await ask(.flush, "flush")
    }

    /// Has the running agent do something; throws when none runs, or when it says that it cannot.
    func ask(_ request: ControlRequest, _ name: String) async throws(CommandFailure) {
        guard let answer = try await answer(to: request, name) else { throw notRunning }
        guard answer == .done else { throw unexpected(name) }
    }

    /// Has the running agent do something, or does it here where none runs.
    func perform(_ request: ControlRequest, _ name: String) async throws(CommandFailure) {
        let performed = try await performed(request, name)
        guard performed.answer == .done else { throw unexpected(name) }
        if let hindrance = performed.hindrance { throw Self.waiting(name, hindrance) }
    }

    /// Has entries tried again; gives what came of it, and what hinders them from being filed now.
    func retry(of backend: String?, to target: String?) async throws(CommandFailure) -> (Retried, CommandFailure?) {
        let performed = try await performed(.retry(of: backend, to: target), "retry")
        guard case .retried(let retried) = performed.answer else { throw unexpected("retry") }
        return (retried, performed.hindrance.map { Self.waiting("retry", $0) })
    }

    /// Has what is set aside of runs dropped, which are deleted in their stores: by the running agent, else here.
    ///
    /// Where no agent ever ran there is nothing to drop.
    func forget(_ keys: [RunKey]) async throws(CommandFailure) {
        guard (try? FileStatus.ifPresent(configuration.state.appending("spool"))) != nil else { return }
        // A request has 64 KiB.
        for start in stride(from: 0, to: keys.count, by: 500) {
            let some = Array(keys[start...].prefix(500))
            if let answer = try await answer(to: .forget(some), "forget") {
                guard answer == .done else { throw unexpected("forget") }
                continue
            }
            do throws(AgentError) {
                // Nothing of anybody's is read or watched for it.
                _ = try await Agent(parts(level: .warning)).perform(.forget(some), filing: false, allowingRoot: true)
            } catch {
                throw CommandFailure(error)
            }
        }
    }

    /// Has the running agent count what snapshots take, where one runs.
    func collected() async {
        // One that does not hear it counts at its next start, or when it has had nothing to do for a while.
        _ = try? await client.ask(.collected, within: Self.patience)
    }

    private func performed(
        _ request: ControlRequest, _ name: String
    ) async throws(CommandFailure) -> (answer: ControlAnswer, hindrance: AgentError?) {
        if let answer = try await answer(to: request, name) { return (answer, nil) }
        do throws(AgentError) {
            return try await Agent(parts(level: .warning)).perform(request, filing: true)
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func waiting(_ name: String, _ hindrance: AgentError) -> CommandFailure {
        CommandFailure(name, "it is done, and waits to be filed: \(hindrance)")
    }

    private func unexpected(_ name: String) -> CommandFailure {
        CommandFailure(name, "the agent answers something else than was asked")
    }

    /// Whether an agent listens.
    func isAnswered() async -> Bool { await client.isAnswered() }

    /// Whether the agent has claimed a version of a marker, or does so in the time given.
    func hasClaimed(_ marker: FilePath, _ content: [UInt8], within patience: Duration) async -> Bool {
        let request = ControlRequest.claimed(marker: marker.string, digest: SHA256.digest(of: content).hex)
        // Whatever hinders the answer, the marker then stays where it is.
        return (try? await client.ask(request, within: patience)) == .done
    }

    /// Has a version of a run's marker claimed: by the running agent, else here; gives what hinders it from being filed now.
    func take(_ version: RunVersion, filing: Bool) async throws(CommandFailure) -> String? {
        let end = ContinuousClock.now + Self.turnPatience
        while true {
            switch try await ask(.take(version), within: Self.patience) {
            case .done?: return nil
            case .failed(let reason)?: throw CommandFailure("run", reason)
            case nil: break
            case .some: throw unexpected("run")
            }
            // What goes wrong is told in the end; until then standard error is the command's.
            let agent = Agent(parts(level: .critical))
            do throws(AgentError) {
                return try await agent.perform(.take(version), filing: filing, allowingRoot: true).hindrance?
                    .description
            } catch {
                // Another run does just this, or an agent is starting.
                guard error.stage == .spooling, error.isTransient, ContinuousClock.now < end else {
                    throw CommandFailure(error)
                }
                try? await QuietClock().sleep(for: Self.pause)
            }
        }
    }

    private func parts(level: Logger.Level) -> Agent.Parts {
        AgentParts(configuration, world).parts(
            logger: Logger(label: "trialwatch") { _ in
                JournalLog(Terminal.isTerminal(2) ? .terminal : .journal, level: level)
            })
    }

    /// What the agent answers; nil when none runs.
    private func answer(to request: ControlRequest, _ name: String) async throws(CommandFailure) -> ControlAnswer? {
        let answer = try await ask(request, within: Self.longPatience)
        if case .failed(let reason)? = answer { throw CommandFailure(name, reason) }
        return answer
    }

    /// There is no agent to ask.
    var notRunning: CommandFailure {
        CommandFailure("agent", "none is running", remedy: "start one with: trialwatch agent")
    }

    private func ask(_ request: ControlRequest, within patience: Duration) async throws(CommandFailure)
        -> ControlAnswer?
    {
        do throws(AgentError) {
            return try await client.ask(request, within: patience)
        } catch {
            throw CommandFailure(error)
        }
    }
}
