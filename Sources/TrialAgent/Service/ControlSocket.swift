import JSON
import SystemCalls
import SystemPackage

/// Answers what other processes of the same user ask of the running agent: a request and an answer a connection, each one
/// JSON document, the request's end told by closing that side.
final class ControlSocket: Sendable {
    /// The largest request.
    static let largestRequest = 64 << 10
    /// So long a client has for its request, and for taking the answer.
    static let patience: Duration = .seconds(5)

    private let path: FilePath
    private let listener: OwnedDescriptor
    private let stopped: Stop
    private let handler: @Sendable (ControlRequest) async -> ControlAnswer

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
            stopped = try Stop()
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
    ///
    /// Throws when nobody can be listened to.
    func run() async throws(AgentError) {
        let (conversations, conversation) = AsyncStream.makeStream(of: ControlConversation.self)
        let thread: DedicatedThread
        do throws(SystemCallError) {
            thread = try DedicatedThread("control") { self.accept(into: conversation) }
        } catch {
            throw AgentError(.service, path.shown, "listening for commands: \(error)", isTransient: true, cause: error)
        }
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                // Each has a task of its own, and a thread: one that is slow to ask, or whose answer takes long, keeps nobody
                // waiting.
                for await next in conversations {
                    group.addTask(executorPreference: next.executor) { await self.hold(next) }
                }
            }
        } onCancel: {
            stopped.event.raise()
        }
        _ = consume thread
    }

    private func accept(into conversations: AsyncStream<ControlConversation>.Continuation) {
        defer { conversations.finish() }
        guard let epoll = try? Epoll(), (try? epoll.add(listener, token: 0)) != nil,
            (try? epoll.add(stopped.event.descriptor, token: 1)) != nil
        else { return }
        while let ready = try? epoll.wait(), !ready.contains(1) {
            if let connection = try? listener.accept() {
                conversations.yield(ControlConversation(connection, until: stopped))
            } else {
                // No descriptor is free: the client stays in the queue, and trying at once again would be all we do.
                _ = try? stopped.event.descriptor.waitUntilReadable(timeout: .milliseconds(100))
            }
        }
    }

    private func hold(_ conversation: ControlConversation) async {
        // A client that breaks off, or has no right to ask, is nobody's concern but its own.
        guard let bytes = try? await conversation.request() else { return }
        let answer: ControlAnswer
        do {
            answer = await handler(try JSON(parsing: bytes).decode(ControlRequest.self))
        } catch {
            answer = .failed("the request cannot be understood: \(error); is the command of the agent's version?")
        }
        var scrubber = Scrubber()
        if let document = try? JSON.encode(answer) {
            try? await conversation.answer(scrubber.scrub(document).bytes())
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
}
