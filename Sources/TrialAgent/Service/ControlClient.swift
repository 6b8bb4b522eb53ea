import JSON
import SystemCalls
import SystemPackage

/// Asks the running agent.
public actor ControlClient {
    private let executor = BlockingExecutor("trialwatch.asking")
    /// It waits for the answer on a thread of its own.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let address: ControlAddress

    /// The largest answer.
    private static let largestAnswer = 64 << 20

    /// A client of the agent at this address.
    public init(_ address: ControlAddress) { self.address = address }

    /// Whether an agent listens there.
    public func isAnswered() -> Bool {
        (try? OwnedDescriptor(connectedTo: .path(address.path))) != nil
    }

    /// The agent's answer; nil when no agent runs there.
    ///
    /// Throws when there is one and it does not answer in time.
    public func ask(_ request: ControlRequest, within patience: Duration) throws(AgentError) -> ControlAnswer? {
        do {
            let connection: OwnedDescriptor
            do throws(SystemCallError) {
                connection = try OwnedDescriptor(connectedTo: .path(address.path))
            } catch {
                if error.errno == .noSuchFileOrDirectory || error.errno == .connectionRefused { return nil }
                throw error
            }
            // A request fits into the socket whole; and should the agent hang up, that is an error and no signal.
            _ = try connection.writeSome(JSON.encode(request).bytes())
            try connection.finishWriting()
            let answer = try connection.readAll(limit: Self.largestAnswer, within: patience)
            return try JSON(parsing: answer).decode(ControlAnswer.self)
        } catch {
            throw AgentError(
                .service, address.path.shown, "asking the agent: \(error)",
                remedy: "see what it logs, and whether it is of the same version", isTransient: true, cause: error)
        }
    }
}
