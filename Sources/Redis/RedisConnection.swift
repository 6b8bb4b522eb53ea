internal import CHiredis
internal import SystemCalls

/// How long a connection waits.
public struct RedisTimeouts: Hashable, Sendable {
    /// For a connection to be made.
    public var connect: Duration
    /// For the server to take or give something.
    public var command: Duration
    /// For all that was sent to be answered, however steadily it comes.
    public var total: Duration

    /// Five seconds for the connection, ten for the next sign of life, sixty for all of it.
    public init(
        connect: Duration = .seconds(5), command: Duration = .seconds(10), total: Duration = .seconds(60)
    ) {
        self.connect = connect
        self.command = command
        self.total = total
    }
}

/// One connection to one server; it is closed when its owner lets go of it.
///
/// Commands may be sent one after the other before their answers are asked for. Every call waits for the network, and none
/// longer than the timeouts say. After an error the connection is of no use any more: an answer to an old command could be
/// taken for one to a new.
public struct RedisConnection: ~Copyable {
    private let socket: OwnedDescriptor
    private let reader: ReplyReader
    private let timeouts: RedisTimeouts
    /// What is to be sent.
    private var waiting: [UInt8] = []
    private var input = [UInt8](repeating: 0, count: 64 << 10)
    /// How many commands have no answer yet.
    public private(set) var unanswered = 0
    /// When all that was sent has to be answered; nil while nothing is sent.
    private var deadline: ContinuousClock.Instant?

    /// From this size on what was collected is sent, so that the server works while more is made.
    private static let flushed = 64 << 10

    /// Connects; looking up a host's name is bounded by the machine's resolver alone.
    public init(to endpoint: RedisEndpoint, _ timeouts: RedisTimeouts = RedisTimeouts()) throws(RedisError) {
        let reader = try ReplyReader()
        let socket = try Self.connect(to: endpoint, timeouts)
        self.reader = reader
        self.socket = socket
        self.timeouts = timeouts
    }

    private static func connect(
        to endpoint: RedisEndpoint, _ timeouts: RedisTimeouts
    ) throws(RedisError) -> OwnedDescriptor {
        let (seconds, attoseconds) = timeouts.connect.components
        let time = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        let (call, context) =
            switch endpoint {
            case .host(let host, let port):
                ("redisConnectWithTimeout", redisConnectWithTimeout(host, Int32(port), time))
            case .socket(let path): ("redisConnectUnixWithTimeout", redisConnectUnixWithTimeout(path, time))
            }
        guard let context else {
            throw RedisError(.notConnected, call, code: "code \(REDIS_ERR_OOM)", "out of memory")
        }
        guard context.pointee.err == 0 else {
            defer { redisFree(context) }
            let text = withUnsafeBytes(of: &context.pointee.errstr) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw RedisError(.notConnected, call, code: "code \(context.pointee.err)", text)
        }
        // What a router forgot is noticed while nothing is asked for, too. It fails for sockets that have no such thing.
        if case .host = endpoint { _ = redisEnableKeepAlive(context) }
        // hiredis writes in a way that raises SIGPIPE, and its sockets are inherited by children: it only makes them.
        let made = OwnedDescriptor(owning: redisFreeKeepFd(context))
        do throws(SystemCallError) { return try made.duplicate() } catch { throw RedisError(error) }
    }

    /// Sends a command and waits for its answer; answers that were not asked for before are an error of the caller's.
    public mutating func ask(_ command: RedisCommand) throws(RedisError) -> RedisReply {
        precondition(unanswered == 0, "the answers of earlier commands were not taken")
        try send(command)
        return try nextReply()
    }

    /// Sends a command, now or together with those that follow; its answer is taken later, in order.
    public mutating func send(_ command: RedisCommand) throws(RedisError) {
        command.write(to: &waiting)
        unanswered += 1
        if waiting.count >= Self.flushed { try flush() }
    }

    /// The answer to the oldest command that has none.
    public mutating func nextReply() throws(RedisError) -> RedisReply {
        precondition(unanswered > 0, "no command was sent")
        try flush()
        while true {
            if let reply = try reader.next() {
                unanswered -= 1
                if unanswered == 0 { deadline = nil }
                return reply
            }
            try receive()
        }
    }

    /// Waits for something to come that nobody asked for, or for the end of the connection; false at the timeout.
    public borrowing func hasInput(within timeout: Duration = .zero) throws(RedisError) -> Bool {
        do throws(SystemCallError) { return try socket.waitUntilReadable(timeout: timeout) } catch {
            throw RedisError(error)
        }
    }

    private mutating func flush() throws(RedisError) {
        guard !waiting.isEmpty else { return }
        if deadline == nil { deadline = .now + timeouts.total }
        var sent = 0
        do throws(SystemCallError) {
            while sent < waiting.count {
                let patience = patience
                if patience <= .zero { break }
                if try !socket.waitUntilWritable(timeout: patience) { break }
                sent += try socket.writeSome(waiting.span.bytes.extracting(sent..<waiting.count))
            }
        } catch {
            throw RedisError(error)
        }
        guard sent == waiting.count else { throw timedOut("send") }
        waiting.removeAll(keepingCapacity: true)
    }

    private mutating func receive() throws(RedisError) {
        let patience = patience
        let count: Int
        do throws(SystemCallError) {
            if patience <= .zero {
                count = -1
            } else if try socket.waitUntilReadable(timeout: patience) {
                count = try socket.readSome(into: &input)
            } else {
                count = -1
            }
        } catch {
            throw RedisError(error)
        }
        switch count {
        case -1: throw timedOut("recv")
        case 0: throw RedisError(.ended, "recv", code: "end of file", "the server closed the connection")
        default: try reader.feed(input.span.bytes.extracting(..<count))
        }
    }

    private var patience: Duration {
        min(timeouts.command, deadline.map { $0 - .now } ?? timeouts.total)
    }

    private func timedOut(_ call: String) -> RedisError {
        let limit = deadline.map { $0 <= .now } == true ? timeouts.total : timeouts.command
        return RedisError(.timedOut, call, code: "ETIMEDOUT", "no answer within \(limit)")
    }
}
