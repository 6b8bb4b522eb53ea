internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import YAML

/// Asks the running agent to read its configuration anew, also when that is too wrong to say where the agent is.
struct ReloadRequest {
    private let option: String?
    private let world: World

    private static let patience: Duration = .seconds(300)
    private static let shortPatience: Duration = .seconds(5)

    init(option: String?, _ world: World) {
        self.option = option
        self.world = world
    }

    /// What came of it; throws what is wrong with the new configuration.
    func send() async throws(CommandFailure) -> Reloaded {
        var state = Configuration(world.surroundings).state
        var problems: YAMLProblems?
        do throws(YAMLProblems) { state = try world.readConfiguration(option).state } catch { problems = error }
        let address = ControlAddress(of: state, in: world.surroundings)
        guard let client = try await client(at: address, isCertain: problems == nil) else {
            if let problems { throw CommandFailure(problems) }
            throw CommandFailure("agent", "none is running", remedy: "start one with: trialwatch agent")
        }
        switch try await ask(client, .reload, Self.patience) {
        case .reloaded(let done)?: return done
        case .misconfigured(let lines)?: throw CommandFailure(lines: lines, status: .configuration)
        case .failed(let reason)?: throw CommandFailure("reload", reason)
        case nil: throw CommandFailure("reload", "the agent has ended")
        case .some: throw CommandFailure("reload", "the agent answers something else than was asked")
        }
    }

    /// The agent of this configuration: at its address, or, should the state directory have changed or not be known, at another
    /// where an agent goes by this file.
    private func client(at own: ControlAddress, isCertain: Bool) async throws(CommandFailure) -> ControlClient? {
        let file = try world.configurationFile(option)
        for address in [own] + own.neighbours {
            let client = ControlClient(address)
            guard case .status(let status)? = try? await client.ask(.status, within: Self.shortPatience) else {
                continue
            }
            let isOwn = address == own && (isCertain || status.configuration == nil)
            if isOwn || status.configuration == file?.shown { return client }
        }
        return nil
    }

    private func ask(
        _ client: ControlClient, _ request: ControlRequest, _ patience: Duration
    ) async throws(CommandFailure) -> ControlAnswer? {
        do throws(AgentError) { return try await client.ask(request, within: patience) } catch {
            throw CommandFailure(error)
        }
    }
}
