internal import Redis
internal import SystemCalls
internal import Trials

/// What every state of a server means to whoever files or reads.
extension StoreError {
    /// A connection that could not be made or has broken: it is tried again.
    init(_ operation: String, _ address: RedisAddress, _ error: RedisError) {
        let remedy: String? =
            switch error.kind {
            case .notConnected: "is the server running, and is its address right?"
            case .noRedis: "is this the port of a Redis server, without TLS?"
            case .timedOut, .ended: nil
            }
        self.init(
            .unavailable, operation, address.shown, reason: "\(error)", remedy: remedy, isTransient: true)
    }

    /// A file of ours that could not be read.
    init(_ operation: String, _ path: String, _ error: SystemCallError) {
        self.init(.unavailable, operation, path, reason: "\(error)", isTransient: true)
    }

    /// What a server answered instead of doing what it was asked for: a code, and a sentence.
    init(_ operation: String, _ subject: String, serverSaid text: String) {
        // A script's own errors name the script's line; the code comes first all the same.
        let code = String(text.prefix { $0 != " " })
        func error(_ kind: Kind, _ reason: String, _ remedy: String?, transient: Bool) -> StoreError {
            StoreError(kind, operation, subject, reason: "\(reason): \(text)", remedy: remedy, isTransient: transient)
        }
        func means(_ known: String) -> Bool {
            code == known || text.contains("-\(known) ") || text.contains(" \(known) ")
        }
        if means("LOADING") {
            self = error(.unavailable, "the server is still reading its data", nil, transient: true)
        } else if means("READONLY") {
            self = error(
                .unavailable, "the server is a replica and takes no writing",
                "name its master, or Sentinels: redis+sentinel://…", transient: true)
        } else if means("MASTERDOWN") {
            self = error(.unavailable, "the server is a replica that has lost its master", nil, transient: true)
        } else if means("MISCONF") {
            self = error(
                .unavailable, "the server cannot write its data to disk",
                "free space on the server's disk, and look into its log", transient: true)
        } else if means("OOM") {
            self = error(
                .unavailable, "the server's memory limit is reached",
                "raise maxmemory, or delete trials (trialwatch prune)", transient: true)
        } else if means("BUSY") {
            self = error(
                .unavailable, "the server is busy with somebody's script", "SCRIPT KILL ends it", transient: true)
        } else if means("NOREPLICAS") {
            self = error(
                .unavailable, "the server has fewer replicas than min-replicas-to-write asks for", nil, transient: true)
        } else if means("NOSCRIPT") || means("TRYAGAIN") || means("UNBLOCKED") {
            self = error(.unavailable, "the server asks to be asked again", nil, transient: true)
        } else if text.contains("max number of clients") {
            self = error(.unavailable, "the server takes no more clients", "raise maxclients", transient: true)
        } else if means("NOAUTH") || means("WRONGPASS") || text.contains("invalid password") || text.contains("AUTH") {
            self = StoreError(
                .misconfigured, operation, subject, reason: "the server does not accept the login",
                remedy:
                    "give user and password in the address, redis://user:password@host; ${credential:name} keeps it out "
                    + "of the file", isTransient: true)
        } else if means("NOPERM") {
            self = error(
                .misconfigured, "the server's access list forbids it",
                "grant the user ~* +@all -@dangerous +info +config|get +scan", transient: true)
        } else if means("MOVED") || means("ASK") || means("CROSSSLOT") || means("CLUSTERDOWN") {
            self = Self.isCluster(operation, subject)
        } else if text.contains("DB index is out of range") {
            self = error(.misconfigured, "there is no database of that number", nil, transient: false)
        } else if means("WRONGTYPE") {
            self = error(
                .refused, "a key of the trial holds something else than it should",
                "somebody else uses the experiment's name for keys of theirs: look at its keys with redis-cli",
                transient: false)
        } else {
            self = error(.refused, "the server refused it", nil, transient: false)
        }
    }

    static func isCluster(_ operation: String, _ subject: String) -> StoreError {
        StoreError(
            .misconfigured, operation, subject, reason: "the server is part of a Redis Cluster, which is not supported",
            remedy: "use a single Redis, with replicas and Sentinel if it has to stay up", isTransient: false)
    }
}
