internal import Redis
internal import Trials

/// What a server says of itself (`INFO`).
struct ServerReport {
    private let fields: [String: String]
    /// The error that it answered instead.
    let refusal: String?

    init(info: RedisReply) {
        var fields: [String: String] = [:]
        for line in (info.text ?? "").split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
        self.fields = fields
        if case .error(let text) = info { refusal = text } else { refusal = nil }
    }

    /// Another one after each start, and after a change of master.
    var identity: String { "\(fields["run_id"] ?? "") \(fields["master_replid"] ?? "")" }
    var isCluster: Bool { fields["redis_mode"] == "cluster" || fields["cluster_enabled"] == "1" }
    var isMaster: Bool { fields["role"] == "master" }
    /// Those that have all the data: one that is still being sent it confirms nothing.
    var replicas: Int { fields.count { $0.key.hasPrefix("slave") && $0.value.contains("state=online") } }
    var isAppending: Bool { fields["aof_enabled"] == "1" }
    var lastAppendFailed: Bool { fields["aof_last_write_status"].map { $0 != "ok" } ?? false }
    var evictionPolicy: String { fields["maxmemory_policy"] ?? "noeviction" }
    var memoryLimit: Int? { number("maxmemory").flatMap { $0 > 0 ? $0 : nil } ?? number("total_system_memory") }
    var usedMemory: Int? { number("used_memory") }

    private func number(_ name: String) -> Int? { fields[name].flatMap { Int($0) } }
}

/// Whether a server keeps what it acknowledges, and what its owner should know.
struct Durability {
    /// Why nothing is filed there; nil when it keeps what it acknowledges.
    private(set) var refusal: (reason: String, remedy: String)?
    private(set) var notices: [Notice] = []

    /// `fsync` is what `CONFIG GET appendfsync` says; nil when it was not allowed to.
    init(_ server: ServerReport, fsync: String?, allowsVolatile: Bool) {
        let allowing = "allow_volatile: true files there all the same"
        if !server.isAppending {
            refusal = (
                "the server does not append to a file (appendonly no): a crash loses what it acknowledged",
                "CONFIG SET appendonly yes, and `appendonly yes` in redis.conf; \(allowing)"
            )
        } else if fsync == "no" {
            refusal = (
                "the server leaves it to the system when its file reaches the disk (appendfsync no)",
                "CONFIG SET appendfsync everysec or always, and the same in redis.conf; \(allowing)"
            )
        } else if server.evictionPolicy != "noeviction" {
            refusal = (
                "the server throws keys away when its memory is full (maxmemory-policy \(server.evictionPolicy))",
                "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf; \(allowing)"
            )
        }
        if allowsVolatile, let refused = refusal {
            notices.append(Notice("\(refused.reason), which allow_volatile accepts"))
            refusal = nil
        } else if fsync == "everysec" {
            notices.append(
                Notice(
                    "a power failure may cost the last second of what was acknowledged (appendfsync everysec; `always` keeps "
                        + "all, at a third of the speed)"))
        } else if fsync == nil, server.isAppending {
            notices.append(
                Notice("how often the server's file reaches the disk is not known: its access list forbids CONFIG GET"))
        }
        if let used = server.usedMemory, let limit = server.memoryLimit, used > limit / 10 * 7 {
            notices.append(
                Notice(
                    "\(used >> 20) of \(limit >> 20) MB of the server's memory are in use; 100,000 whole trials take about "
                        + "2,300 MB"))
        }
        if server.lastAppendFailed { notices.append(Notice("the server could not write to its append-only file")) }
    }
}
