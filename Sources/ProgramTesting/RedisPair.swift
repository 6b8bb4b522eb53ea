internal import SystemCalls

/// A Redis, another that has a copy of it, and a Sentinel that puts the one in the place of the other.
public final class RedisPair: Sendable {
    private let servers: [RedisServer]
    private let sentinel: RedisServer
    private let host: String
    private static let name = "main"

    /// Starts them at an address of this machine, and waits until there is a copy that the Sentinel knows of.
    public init(at host: String = "127.0.0.1") throws {
        self.host = host
        let options = ["--bind", "127.0.0.1", host, "--protected-mode", "no", "--repl-diskless-sync-delay", "0"]
        let first = try RedisServer(.always, options)
        let second = try RedisServer(.always, options + ["--replicaof", host, String(first.port)])
        servers = [first, second]
        sentinel = try RedisServer(watching: first, as: Self.name, at: host)
        try wait("a copy") { try self.follows(second) }
        // A Sentinel asks every ten seconds who has a copy, and when it begins.
        try wait("a Sentinel that knows the copy") {
            try self.sentinel.ask("INFO", "sentinel").contains("slaves=1")
        }
    }

    /// Its address, of the first database.
    public var address: String { "redis+sentinel://\(host):\(sentinel.port)/\(Self.name)/0" }

    /// The one that takes writes; waits until there is one.
    public func master() throws -> RedisServer {
        var found: RedisServer?
        try wait("a master") {
            let place = try self.sentinel.ask("SENTINEL", "get-master-addr-by-name", Self.name)
            found = self.servers.first { place.hasSuffix("\n\($0.port)") && self.isMaster($0) }
            return found != nil
        }
        guard let found else { throw ProgramError("there is no master") }
        return found
    }

    /// Kills the master, waits until the other has taken its place, and has it come back as the other's copy.
    public func failOver() throws {
        let old = try master()
        old.kill()
        let new = try master()
        try old.restart()
        try old.ask("REPLICAOF", host, String(new.port))
        try wait("a copy") { try self.follows(old) }
    }

    private func isMaster(_ server: RedisServer) -> Bool { (try? server.ask("ROLE"))?.hasPrefix("master") == true }

    private func follows(_ server: RedisServer) throws -> Bool {
        try server.ask("INFO", "replication").contains("master_link_status:up")
    }

    private func wait(_ what: String, until isThere: () throws -> Bool) throws {
        for _ in 0..<6000 {
            if (try? isThere()) == true { return }
            Clock.pause(milliseconds: 10)
        }
        throw ProgramError("there is no \(what) after a minute")
    }
}
