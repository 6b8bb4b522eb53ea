import SystemCalls
import SystemPackage

/// One connection to the control socket: its request, then its answer.
actor ControlConversation {
    let executor = BlockingExecutor("trialwatch.control")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let connection: OwnedDescriptor
    private let stopped: Stop

    init(_ connection: consuming OwnedDescriptor, until stopped: Stop) {
        self.connection = connection
        self.stopped = stopped
    }

    /// Reads the request, to the end that the client tells by closing its side.
    ///
    /// Throws `EACCES` when the client is neither our user nor root, `EFBIG` when it asks too much, `ETIMEDOUT` when it
    /// takes too long, `ECANCELED` when the agent stops.
    func request() throws(SystemCallError) -> [UInt8] {
        let peer = try connection.peer()
        guard peer.user == User.currentIdentifier || peer.user == 0 else {
            throw SystemCallError(call: "accept", subject: nil, errno: .permissionDenied)
        }
        let epoll = try Epoll()
        try epoll.add(connection, token: 0)
        try epoll.add(stopped.event.descriptor, token: 1)
        let deadline = ContinuousClock.now + ControlSocket.patience
        var bytes: [UInt8] = []
        while true {
            let ready = try epoll.wait(timeout: deadline - .now)
            if ready.isEmpty { throw SystemCallError(call: "read", subject: nil, errno: .timedOut) }
            if ready.contains(1) { throw SystemCallError(call: "read", subject: nil, errno: .canceled) }
            let piece = try connection.read(atMost: ControlSocket.largestRequest)
            if piece.isEmpty { return bytes }
            bytes += piece
            if bytes.count > ControlSocket.largestRequest {
                throw SystemCallError(call: "read", subject: nil, errno: .fileTooLarge)
            }
        }
    }

    /// Writes the answer; throws `ETIMEDOUT` when the client does not take it.
    func answer(_ bytes: [UInt8]) throws(SystemCallError) {
        let deadline = ContinuousClock.now + ControlSocket.patience
        var rest = bytes[...]
        while !rest.isEmpty {
            guard try connection.waitUntilWritable(timeout: deadline - .now) else {
                throw SystemCallError(call: "write", subject: nil, errno: .timedOut)
            }
            // What fits now: a writable stream socket takes at least a part without waiting.
            rest = rest.dropFirst(try connection.writeSome(Array(rest.prefix(16 << 10))))
        }
    }
}

/// Tells those who wait in the kernel that the agent stops.
final class Stop: Sendable {
    let event: EventDescriptor

    init() throws(SystemCallError) { event = try EventDescriptor() }
}
