internal import Glibc
internal import Redis
internal import Synchronization
public import SystemCalls
public import SystemPackage

/// A redis-server of one test's own: on a free port of this machine, its data in a folder of its own, ended with its owner.
public final class RedisServer: Sendable {
    /// How the server keeps what it acknowledges.
    public enum Keeping: String, Sendable {
        /// Every answer waits for the disk.
        case always
        /// The disk gets everything once a second.
        case everySecond = "everysec"
        /// Only snapshots, now and then.
        case snapshots
    }

    private struct State: ~Copyable {
        var child: ChildProcess?
    }

    /// Where it listens.
    public let port: Int
    /// Where its data is.
    public let folder: FilePath
    private let arguments: [String]
    private let program: FilePath
    private let state: Mutex<State>

    /// Debian's server.
    private static let server: FilePath = "/usr/bin/redis-server"

    /// Whether the tests that need it are run: in continuous integration they are, be it there or not.
    public static var isWanted: Bool {
        FileSystem.isPermitted(server, executing: true) || ContinuousIntegration.isRunning
    }

    /// Why they are passed over.
    public static let advice = "no redis-server: install Debian's package, or let scripts/test do it"

    /// Starts one, and waits until it takes connections; `options` are as in redis.conf, each after its name.
    public convenience init(_ keeping: Keeping = .always, _ options: [String] = []) throws {
        let appending = keeping != .snapshots
        try self.init(
            arguments: [
                "--appendonly", appending ? "yes" : "no", "--appendfsync", appending ? keeping.rawValue : "no",
                "--save",
                appending ? "" : "3600 1", "--bind", "127.0.0.1", "--logfile", "", "--daemonize", "no",
            ] + options, file: nil)
    }

    /// Starts a Sentinel that watches over a master under a name; who asks it is sent to this machine's address `host`.
    public convenience init(
        watching master: RedisServer, as name: String, at host: String = "127.0.0.1", password: String? = nil
    ) throws {
        var text = """
            bind 127.0.0.1 \(host)
            protected-mode no
            sentinel monitor \(name) \(host) \(master.port) 1
            sentinel down-after-milliseconds \(name) 500
            sentinel failover-timeout \(name) 3000

            """
        if let password { text += "sentinel auth-pass \(name) \(password)\n" }
        try self.init(arguments: ["--sentinel"], file: text)
    }

    private init(arguments: [String], file: String?) throws {
        guard FileSystem.isPermitted(Self.server, executing: true) else { throw ProgramError(Self.advice) }
        program = Self.server
        folder = FilePath("/tmp/trialwatch-redis-\(UInt64.random(in: .min ... .max))")
        try FileSystem.makeDirectories(folder)
        var arguments = arguments
        if let file {
            let path = folder.appending("sentinel.conf")
            try OwnedDescriptor(opening: path, .writeOnly, options: [.create, .truncate]).write(Array(file.utf8))
            arguments = [path.string] + arguments
        }
        self.arguments = arguments + ["--dir", folder.string]
        // Somebody may take a port between looking and listening.
        for _ in 0..<20 {
            let candidate = Int.random(in: 20_000..<32_000)
            var child = try Self.start(program, self.arguments, candidate)
            if try Self.isReady(&child) {
                port = candidate
                state = Mutex(State(child: consume child))
                return
            }
        }
        throw ProgramError("no redis-server could be started")
    }

    deinit {
        // Its owner kills a child that it lets go of, and waits for it.
        state.withLock { $0.child = nil }
        try? FileSystem.removeTree(folder)
    }

    /// Its address, of the first database.
    public var address: String { "redis://127.0.0.1:\(port)/0" }

    /// Kills it as nothing can be prepared for, and waits until it is gone.
    public func kill() { state.withLock { $0.child = nil } }

    /// Sends it a signal.
    public func send(_ signal: Signal) throws {
        try state.withLock { state in
            switch state.child {
            case .some(let child): try child.process.send(signal)
            case .none: throw ProgramError("the server was killed")
            }
        }
    }

    /// Starts it again on its port with its data.
    public func restart() throws {
        try state.withLock { state in
            var child = try Self.start(program, arguments, port)
            guard try Self.isReady(&child) else { throw ProgramError("the redis-server does not start again") }
            state.child = consume child
        }
    }

    /// What it answers to a command.
    @discardableResult
    public func ask(_ command: String..., password: String? = nil) throws -> String {
        var connection = try RedisConnection(to: .host("127.0.0.1", port: port))
        if let password { _ = try connection.ask(RedisCommand("AUTH", password)) }
        var whole = RedisCommand()
        for argument in command { whole.add(argument) }
        let reply = try connection.ask(whole)
        if case .error(let text) = reply { throw ProgramError("\(command[0]): \(text)") }
        if let array = reply.array { return array.compactMap(\.text).joined(separator: "\n") }
        return reply.text ?? ""
    }

    private static func start(_ program: FilePath, _ arguments: [String], _ port: Int) throws -> ChildProcess {
        try ChildProcess(
            program, arguments: [program.string] + arguments + ["--port", String(port)],
            environment: ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"])
    }

    /// Whether it takes connections, as it says itself; no when it has ended.
    private static func isReady(_ child: inout ChildProcess) throws -> Bool {
        var said = ""
        while let piece = try child.read(atMost: 4096, timeout: .seconds(20)), !piece.isEmpty {
            said += String(decoding: piece, as: UTF8.self)
            if said.contains("Ready to accept connections") || said.contains("+monitor master") { return true }
        }
        return false
    }
}
