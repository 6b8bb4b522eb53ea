internal import Redis
internal import Trials

/// A connection that is logged in, to the master where there are several servers.
final class RedisSession {
    private var connection: RedisConnection
    private let address: RedisAddress
    /// The server that this is; another one after its restart, and after a change of master.
    let server: ServerReport
    /// Replicas that may be waited for, as far as is known, and when that was asked.
    private var replicas: (count: Int, at: ContinuousClock.Instant)
    /// Whether the server was found to keep what it acknowledges.
    var isProven = false
    private var loaded: Set<String> = []
    /// When it was last used: a server may have closed a connection that rested.
    private var used = ContinuousClock.now

    /// Connects and logs in.
    init(_ settings: RedisSettings) throws(StoreError) {
        address = settings.address
        var connection = try Self.connect(settings)
        server = try Self.attempt("asking who the server is", settings.address) { () throws(RedisError) in
            ServerReport(info: try connection.ask(RedisCommand("INFO")))
        }
        replicas = (server.replicas, .now)
        self.connection = connection
        if let refusal = server.refusal { throw StoreError("connecting", address.shown, serverSaid: refusal) }
        if server.isCluster { throw StoreError.isCluster("connecting", address.shown) }
    }

    private static func connect(_ settings: RedisSettings) throws(StoreError) -> RedisConnection {
        let address = settings.address
        let endpoint: RedisEndpoint
        switch address.place {
        case .server(let one): endpoint = one
        case .sentinels(let all, let master): endpoint = try self.master(master, of: all, settings)
        }
        return try attempt("connecting", address) { () throws(RedisError) in
            try RedisConnection(to: endpoint, settings.timeouts)
        }.loggedIn(address, password: address.password, user: address.user, database: address.database)
    }

    /// Asks each Sentinel in turn where the master is.
    private static func master(
        _ name: String, of sentinels: [RedisEndpoint], _ settings: RedisSettings
    ) throws(StoreError) -> RedisEndpoint {
        var failure: StoreError?
        for sentinel in sentinels {
            do throws(StoreError) {
                var connection = try attempt("asking a Sentinel for the master", settings.address) {
                    () throws(RedisError) in
                    try RedisConnection(to: sentinel, settings.timeouts)
                }
                .loggedIn(settings.address, password: settings.address.sentinelPassword, user: nil, database: 0)
                let reply = try attempt("asking a Sentinel for the master", settings.address) { () throws(RedisError) in
                    try connection.ask(RedisCommand("SENTINEL", "get-master-addr-by-name", name))
                }
                if case .error(let text) = reply {
                    throw StoreError("asking a Sentinel for the master", settings.address.shown, serverSaid: text)
                }
                if let place = reply.array, place.count == 2, let host = place[0].text, let port = place[1].integer {
                    return .host(host, port: port)
                }
                failure = StoreError(
                    .misconfigured, "asking a Sentinel for the master", settings.address.shown,
                    reason: "the Sentinel \(sentinel) knows no master of that name",
                    remedy: "the name is the one after `sentinel monitor` in its configuration", isTransient: true)
            } catch {
                failure = error
            }
        }
        throw failure
            ?? StoreError(
                .misconfigured, "asking a Sentinel for the master", settings.address.shown, reason: "there is none",
                isTransient: false)
    }

    static func attempt<Value: ~Copyable>(
        _ operation: String, _ address: RedisAddress, _ body: () throws(RedisError) -> Value
    ) throws(StoreError) -> Value {
        do throws(RedisError) { return try body() } catch { throw StoreError(operation, address, error) }
    }

    // MARK: Asking

    /// False when the server has closed the connection meanwhile, or said something that nobody asked for.
    var isUsable: Bool {
        guard ContinuousClock.now - used > .milliseconds(500) else { return true }
        return (try? connection.hasInput()) == false
    }

    /// Asks one thing; an error of the server is thrown.
    func ask(_ operation: String, _ command: RedisCommand) throws(StoreError) -> RedisReply {
        try ask(operation, [command])[0]
    }

    /// Asks several things on one way; the first error of the server is thrown, when all was answered.
    func ask(_ operation: String, _ commands: [RedisCommand]) throws(StoreError) -> [RedisReply] {
        for command in commands { try send(operation, command) }
        var replies: [RedisReply] = []
        for _ in commands { replies.append(try reply(operation)) }
        for case .error(let text) in replies { throw StoreError(operation, address.shown, serverSaid: text) }
        return replies
    }

    /// Sends a command whose reply is taken later.
    func send(_ operation: String, _ command: RedisCommand) throws(StoreError) {
        try attempt(operation) { (connection) throws(RedisError) in try connection.send(command) }
    }

    /// The reply to the oldest command that was sent; an error of the server is given back as it is.
    func reply(_ operation: String) throws(StoreError) -> RedisReply {
        let reply = try attempt(operation) { (connection) throws(RedisError) in try connection.nextReply() }
        used = .now
        return reply
    }

    private func attempt<Value>(
        _ operation: String, _ body: (inout RedisConnection) throws(RedisError) -> Value
    ) throws(StoreError) -> Value {
        do throws(RedisError) { return try body(&connection) } catch { throw StoreError(operation, address, error) }
    }

    /// How many replicas there are; looked up anew after a while, as they come and go.
    func replicaCount(within age: Duration = .seconds(5)) throws(StoreError) -> Int {
        if ContinuousClock.now - replicas.at < age { return replicas.count }
        let report = ServerReport(info: try ask("asking for the replicas", RedisCommand("INFO", "replication")))
        guard report.isMaster else {
            throw StoreError("asking for the replicas", address.shown, serverSaid: "READONLY it has become a replica")
        }
        replicas = (report.replicas, .now)
        return report.replicas
    }

    // MARK: Scripts

    /// The call of a script, which is loaded when the server may not have it; its arguments are added to it.
    func call(_ script: RedisScript) throws(StoreError) -> RedisCommand {
        if loaded.insert(script.digest).inserted {
            _ = try ask("loading a script", RedisCommand("SCRIPT", "LOAD", script.text))
        }
        return RedisCommand("EVALSHA", script.digest, "0")
    }

    /// Whether a script can be called without anything being asked before.
    func hasLoaded(_ script: RedisScript) -> Bool { loaded.contains(script.digest) }

    /// After `NOSCRIPT`: somebody has emptied the server's cache.
    func forgetScripts() { loaded = [] }
}

extension RedisConnection {
    fileprivate consuming func loggedIn(
        _ address: RedisAddress, password: String?, user: String?, database: Int
    ) throws(StoreError) -> RedisConnection {
        var commands: [RedisCommand] = []
        if let password {
            var command = RedisCommand("AUTH")
            if let user { command.add(user) }
            command.add(password)
            commands.append(command)
        }
        if database != 0 { commands.append(RedisCommand("SELECT", String(database))) }
        for command in commands {
            let reply: RedisReply
            do throws(RedisError) { reply = try ask(command) } catch {
                throw StoreError("logging in", address, error)
            }
            if case .error(let text) = reply { throw StoreError("logging in", address.shown, serverSaid: text) }
        }
        return self
    }
}
