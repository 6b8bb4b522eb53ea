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
        let own = ControlAddress(of: state, in: world.surroundings)
        switch try await answer(at: own, isCertain: problems == nil) {
        case .reloaded(let done)?: return done
        case .misconfigured(let lines)?: throw CommandFailure(lines: lines, status: .configuration)
        case .failed(let reason)?: throw CommandFailure("reload", reason)
        case nil:
            if let problems { throw CommandFailure(problems) }
            throw CommandFailure("agent", "none is running", remedy: "start one with: trialwatch agent")
        case .some: throw CommandFailure("reload", "the agent answers something else than was asked")
        }
    }

    /// What the agent of this configuration answers: the one at its address, or, should the state directory have changed or not be
    /// known, one at another address that goes by this file. Nil when there is none.
    private func answer(at own: ControlAddress, isCertain: Bool) async throws(CommandFailure) -> ControlAnswer? {
        let file = try world.configurationFile(option)
        var silence: CommandFailure?
        for address in [own] + own.neighbours {
            let client = ControlClient(address)
            if address != own || !isCertain {
                var status: ControlAnswer?
                // One that is only slow may be the one that is sought: then it is wrong that there is none.
                do throws(CommandFailure) { status = try await ask(client, .status, Self.shortPatience) } catch {
                    silence = silence ?? error
                }
                guard case .status(let status)? = status,
                    status.configuration == file?.shown || address == own && status.configuration == nil
                else { continue }
            }
            if let answer = try await ask(client, .reload, Self.patience) { return answer }
        }
        if isCertain, let silence { throw silence }
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
