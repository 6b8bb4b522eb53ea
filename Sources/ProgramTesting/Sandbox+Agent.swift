internal import SystemCalls
internal import SystemPackage

extension Sandbox {
    /// Starts the agent and waits until it says READY=1: its first watches are set.
    public func startAgent(
        _ arguments: String..., environment extra: [String: String] = [:]
    ) async throws -> TrialwatchProcess {
        let (agent, isReady) = try await beginAgent(arguments, environment: extra)
        guard isReady else {
            throw ProgramError("the agent ended before it was ready: \(try text(of: agent.errorPath))")
        }
        return agent
    }

    /// Starts the agent and waits until it says READY=1, or has ended before it could.
    public func beginAgent(
        _ arguments: [String] = [], environment extra: [String: String] = [:]
    ) async throws -> (agent: TrialwatchProcess, isReady: Bool) {
        let (agent, socket) = try begin(arguments, environment: extra)
        return (agent, try await socket.waitUntilReady(agent))
    }

    /// Starts the agent, waits until it says READY=1, and gives also where it says what it does later.
    public func startHeardAgent(
        environment extra: [String: String] = [:]
    ) async throws -> (agent: TrialwatchProcess, manager: ReadinessSocket) {
        let (agent, socket) = try begin([], environment: extra)
        guard try await socket.waitUntilReady(agent) else {
            throw ProgramError("the agent ended before it was ready: \(try text(of: agent.errorPath))")
        }
        return (agent, socket)
    }

    private func begin(
        _ arguments: [String], environment extra: [String: String]
    ) throws -> (TrialwatchProcess, ReadinessSocket) {
        let folder = try newFolder(root.appending("run/XXXXXX").string)
        let socket = try ReadinessSocket(at: folder.appending("notify"))
        // Tests run as root in containers and namespaces; there the agent wants to be told that this is meant.
        let isRoot = User.currentIdentifier == 0 || namespace?.isRoot == true
        let agent = try start(
            program, ["agent"] + (isRoot ? ["--allow-root"] : []) + arguments,
            environment: extra.merging(["NOTIFY_SOCKET": socket.path.string]) { $1 })
        return (agent, socket)
    }

    /// Waits until all that the agent has seen is filed, derived files included.
    @discardableResult
    public func flush() async throws -> Output {
        let output = try await run("flush")
        guard output.exit == .status(0) else { throw ProgramError("flush: \(output.errors)") }
        return output
    }

    /// Asks until the answer is yes, as the function of that name does.
    public func eventually(
        within patience: Duration = .seconds(20), _ isTrue: () async throws -> Bool
    ) async throws -> Bool {
        try await ProgramTesting.eventually(within: patience, isTrue)
    }
}
