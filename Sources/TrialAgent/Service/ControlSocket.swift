import JSON
import Synchronization
import SystemCalls
import SystemPackage

/// Answers what other processes of the same user ask of the running agent: a request and an answer a connection, each one
/// JSON document, the request's end told by closing that side.
final class ControlSocket: Sendable {
    /// The largest request.
    static let largestRequest = 64 << 10
    /// So long a client has for its request, and for taking the answer.
    static let patience: Duration = .seconds(5)

    private struct Request: Sendable {
        let request: ControlRequest
        let connection: Connection
    }

    /// A connection that goes from the thread that reads it to the task that answers.
    private final class Connection: Sendable {
        let descriptor: OwnedDescriptor
        init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
    }

    private let path: FilePath
    private let listener: OwnedDescriptor
    private let stopped: EventDescriptor
    private let handler: @Sendable (ControlRequest) async -> ControlAnswer
    private let writer = Writer()

    /// Listens at an address whose agent this process is: what an earlier agent left there is removed.
    init(
        at address: ControlAddress, answer handler: @escaping @Sendable (ControlRequest) async -> ControlAnswer
    ) throws(AgentError) {
        path = address.path
        self.handler = handler
        do throws(SystemCallError) {
            try FileSystem.makeDirectories(path.removingLastComponent())
            if try FileStatus.ifPresent(path)?.kind == .socket { try FileSystem.remove(path) }
            listener = try OwnedDescriptor(listeningAt: .path(path))
            stopped = try EventDescriptor()
        } catch {
            throw AgentError(
                .service, address.path.shown, "listening for commands: \(error)",
                remedy:
                    "see that its directory can be written to, and set XDG_RUNTIME_DIR to a shorter path if it is long",
                cause: error)
        }
    }

    deinit {
        // Nobody listens there any more; a file that stays does no harm.
        try? FileSystem.remove(path)
    }

    /// Answers until it is cancelled.
    func run() async {
        let (requests, request) = AsyncStream.makeStream(of: Request.self)
        guard let thread = try? DedicatedThread("control", { self.read(into: request) }) else { return }
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await next in requests {
                    group.addTask {
                        let answer = await self.handler(next.request)
                        await self.writer.write(answer, to: next.connection.descriptor)
                    }
                }
            }
        } onCancel: {
            stopped.raise()
        }
        _ = consume thread
    }

    private func read(into requests: AsyncStream<Request>.Continuation) {
        defer { requests.finish() }
        guard let epoll = try? Epoll(), (try? epoll.add(listener, token: 0)) != nil,
            (try? epoll.add(stopped.descriptor, token: 1)) != nil
        else { return }
        while let ready = try? epoll.wait(), !ready.contains(1) {
            // A client that breaks off, or has no right to ask, is nobody's concern but its own.
            guard let connection = try? listener.accept(), let request = try? request(from: connection) else {
                continue
            }
            requests.yield(Request(request: request, connection: Connection(connection)))
        }
    }

    private func request(from connection: borrowing OwnedDescriptor) throws -> ControlRequest {
        let peer = try connection.peer()
        guard peer.user == User.currentIdentifier || peer.user == 0 else {
            throw SystemCallError(call: "accept", subject: path.shown, errno: .permissionDenied)
        }
        let bytes = try connection.readAll(limit: Self.largestRequest, within: Self.patience)
        return try JSON(parsing: bytes).decode()
    }

    /// Where answers are written: a client may be slow to take them.
    private actor Writer {
        private let executor = BlockingExecutor("trialwatch.control")
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func write(_ answer: ControlAnswer, to connection: borrowing OwnedDescriptor) {
            // A client that has gone misses its answer, and nobody else does.
            guard let bytes = try? JSON.encode(answer).bytes() else { return }
            try? connection.writeAll(bytes, within: ControlSocket.patience)
        }
    }
}

extension OwnedDescriptor {
    /// Reads to the other side's end; throws `EFBIG` past the limit, and `ETIMEDOUT` when it takes too long.
    borrowing func readAll(limit: Int, within patience: Duration) throws(SystemCallError) -> [UInt8] {
        let deadline = ContinuousClock.now + patience
        var bytes: [UInt8] = []
        while try waitUntilReadable(timeout: deadline - .now) {
            let piece = try read(atMost: 64 << 10)
            if piece.isEmpty { return bytes }
            bytes += piece
            if bytes.count > limit { throw SystemCallError(call: "read", subject: nil, errno: .fileTooLarge) }
        }
        throw SystemCallError(call: "read", subject: nil, errno: .timedOut)
    }

    /// Writes all bytes to a socket; throws `ETIMEDOUT` when the other side does not take them.
    fileprivate borrowing func writeAll(_ bytes: [UInt8], within patience: Duration) throws(SystemCallError) {
        let deadline = ContinuousClock.now + patience
        var rest = bytes[...]
        while !rest.isEmpty {
            guard try waitUntilWritable(timeout: deadline - .now) else {
                throw SystemCallError(call: "write", subject: nil, errno: .timedOut)
            }
            // What fits now: a writable stream socket takes at least a part without waiting.
            rest = rest.dropFirst(try writeSome(Array(rest.prefix(16 << 10))))
        }
    }
}
