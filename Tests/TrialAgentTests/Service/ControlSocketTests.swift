import JSON
import SystemCalls
import SystemPackage
import Testing

@testable import TrialAgent

@Suite(.timeLimit(.minutes(1))) final class ControlSocketTests: Sendable {
    private let directory: FilePath
    private let address: ControlAddress

    init() throws {
        directory = FilePath("/tmp/trialwatch-control-\(UInt64.random(in: .min ... .max))")
        let surroundings = Surroundings(
            user: "me", userIdentifier: User.currentIdentifier, home: directory,
            variables: ["XDG_RUNTIME_DIR": directory.string], workingDirectory: directory)
        address = ControlAddress(of: directory, in: surroundings)
    }

    deinit {
        try? FileSystem.removeTree(directory)
    }

    private func serving(
        _ handler: @escaping @Sendable (ControlRequest) async -> ControlAnswer, _ body: () async throws -> Void
    ) async throws {
        let socket = try ControlSocket(at: address, answer: handler)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await socket.run() }
            try await body()
            group.cancelAll()
        }
    }

    private func ask(_ request: ControlRequest) async throws -> ControlAnswer? {
        try await ControlClient(address).ask(request, within: .seconds(10))
    }

    @Test func `a request is answered, and nobody but its user may enter`() async throws {
        try await serving({ $0 == .flush ? .done : .failed("no") }) { () async throws in
            #expect(try await ask(.flush) == .done)
            #expect(try await ask(.status) == .failed("no"))
            #expect(try FileStatus(of: address.path).permissions == [.ownerRead, .ownerWrite])
            #expect(try FileStatus(of: address.path.removingLastComponent()).permissions == .ownerReadWriteExecute)
        }
    }

    @Test func `where no agent listens there is no answer`() async throws {
        #expect(try await ask(.status) == nil)
        try await serving({ _ in .done }) {}
        #expect(try await ask(.status) == nil)
    }

    @Test func `a client that says nothing, and an answer that takes long, keep nobody waiting`() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let handler: @Sendable (ControlRequest) async -> ControlAnswer = { request in
            if request == .flush { for await _ in gate {} }
            return .done
        }
        try await serving(handler) {
            let silent = try RawClient(address)
            let client = ControlClient(address)
            async let slow = client.ask(.flush, within: .seconds(10))
            let before = ContinuousClock.now
            #expect(try await ask(.status) == .done)
            #expect(ContinuousClock.now - before < ControlSocket.patience)
            open.finish()
            #expect(try await slow == .done)
            try await silent.say("")
        }
    }

    @Test func `a socket that is closed does not wait for a client that says nothing`() async throws {
        var silent: RawClient?
        let before = ContinuousClock.now
        try await serving({ _ in .done }) {
            silent = try RawClient(address)
            #expect(try await ask(.status) == .done)
        }
        #expect(ContinuousClock.now - before < ControlSocket.patience)
        #expect(silent != nil)
    }

    @Test func `what is no request is answered with what is wrong`() async throws {
        try await serving({ _ in .done }) {
            let client = try RawClient(address)
            try await client.say(#"{"dance": {}}"#)
            let answer = try JSON(parsing: try await client.hear()).decode(ControlAnswer.self)
            guard case .failed(let reason) = answer else {
                Issue.record("answered \(answer)")
                return
            }
            #expect(reason.hasPrefix("the request cannot be understood: "))
        }
    }

    @Test func `a request that does not end is broken off`() async throws {
        try await serving({ _ in .done }) {
            let client = try RawClient(address)
            let error = await client.sayWithoutEnd()
            #expect(error?.errno == .brokenPipe || error?.errno == .connectionReset)
            #expect(try await ask(.status) == .done)
        }
    }

    @Test func `what an earlier agent left at the address is taken over, what is no socket is not`() async throws {
        try FileSystem.makeDirectories(address.path.removingLastComponent())
        try OwnedDescriptor(listeningAt: .path(address.path)).close()
        try await serving({ _ in .done }) { () async throws in #expect(try await ask(.status) == .done) }
        _ = try OwnedDescriptor(opening: address.path, .writeOnly, options: .create)
        let address = address
        let error = #expect(throws: AgentError.self) {
            _ = try ControlSocket(at: address, answer: { _ in .done })
        }
        #expect(error?.reason.contains("EADDRINUSE") == true)
    }
}

/// A client that does as it is told; it waits on a thread of its own.
private actor RawClient {
    private let executor = BlockingExecutor("test.client")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let connection: OwnedDescriptor

    init(_ address: ControlAddress) throws { connection = try OwnedDescriptor(connectedTo: .path(address.path)) }

    func say(_ text: String) throws {
        try connection.write(Array(text.utf8))
        try connection.finishWriting()
    }

    func hear() throws -> [UInt8] { try connection.readToEnd(limit: 1 << 16) }

    /// Why it had to stop.
    func sayWithoutEnd() -> SystemCallError? {
        let piece = [UInt8](repeating: 0x20, count: 16 << 10)
        do throws(SystemCallError) {
            while try connection.waitUntilWritable(timeout: .seconds(10)) { _ = try connection.writeSome(piece) }
            return nil
        } catch {
            return error
        }
    }
}
