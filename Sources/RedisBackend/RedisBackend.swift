internal import Records
internal import Redis
internal import SystemCalls
public import Trials

/// A store in a Redis, as daskperiment lays it out, with our own keys beside.
///
/// One script call files a trial, so that agents on any number of machines may file to one experiment, together with Python
/// processes. The connection is made at first use, and anew whenever it broke.
public actor RedisBackend {
    private let executor = BlockingExecutor("trialwatch.redis")
    /// Calls wait for the network, so they run on a thread of their own.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// How much one call of `file` takes.
    public nonisolated var capacity: FilingCapacity { FilingCapacity(trials: 200, bytes: 8 << 20) }
    /// A server is there for a team.
    public nonisolated var isReadByOtherHosts: Bool { true }

    let settings: RedisSettings
    let now: @Sendable () -> Timestamp
    private var open: RedisSession?
    /// The server that was found to hold what was filed.
    private var incarnation: String?
    /// By experiment, texts that the store has, as far as this process knows.
    var knownTexts: [Experiment.ID: Set<String>] = [:]
    /// Names of Python's series and steps, and when they were looked for.
    var pythonNames: [Experiment.ID: (at: ContinuousClock.Instant, names: PythonNames)] = [:]
    let uploadNames = UploadNames()
    /// Texts of the capture that was filed last.
    let texts = CaptureTexts()

    /// The store in a Redis; does not connect.
    public init(_ settings: RedisSettings, now: @escaping @Sendable () -> Timestamp) {
        self.settings = settings
        self.now = now
    }

    /// What errors are about.
    var subject: String { settings.address.shown }

    /// The connection, made now when there is none.
    private func session() throws(StoreError) -> RedisSession {
        if let open, open.isUsable { return open }
        open = nil
        let session = try RedisSession(settings)
        open = session
        return session
    }

    /// A connection to a server that keeps what it acknowledges.
    ///
    /// Throws once when it is another one than before, or was started anew: who files has to look first what it lacks.
    private func provenSession() throws(StoreError) -> RedisSession {
        let session = try session()
        if !session.isProven { _ = try prove(session) }
        if let before = incarnation, before != session.server.identity {
            incarnation = session.server.identity
            throw StoreError(
                .unavailable, "filing", subject, reason: "the server was started anew, or another has taken its place",
                isTransient: true)
        }
        return session
    }

    /// Looks whether the server keeps what it acknowledges; throws when it does not.
    private func prove(_ session: RedisSession) throws(StoreError) -> [Notice] {
        guard session.server.isMaster else {
            open = nil
            throw StoreError("connecting", subject, serverSaid: "READONLY its role is that of a replica")
        }
        var fsync: String?
        try session.send("asking how the server keeps its data", RedisCommand("CONFIG", "GET", "appendfsync"))
        if let pair = try session.reply("asking how the server keeps its data").array, pair.count == 2 {
            fsync = pair[1].text
        }
        let durability = Durability(session.server, fsync: fsync, allowsVolatile: settings.allowsVolatile)
        if let refusal = durability.refusal {
            open = nil
            throw StoreError(
                .misconfigured, "connecting", subject, reason: refusal.reason, remedy: refusal.remedy, isTransient: true
            )
        }
        session.isProven = true
        return durability.notices
    }

    /// Reads by a connection that works; one that broke while it rested is made anew, once.
    func reading<Value>(_ body: (RedisSession) throws(StoreError) -> Value) throws(StoreError) -> Value {
        let session = try session()
        do throws(StoreError) { return try body(session) } catch {
            if error.isTransient { open = nil }
            throw error
        }
    }

    /// The same, to write.
    func writing<Value>(_ body: (RedisSession) throws(StoreError) -> Value) throws(StoreError) -> Value {
        let session = try provenSession()
        do throws(StoreError) { return try body(session) } catch {
            // What is left of its answers must not be taken for those of later commands.
            if error.isTransient { open = nil }
            throw error
        }
    }

    /// Lets go of a connection whose answers cannot be told apart any more.
    func closeSession() { open = nil }

    /// Connects anew, so that the server's settings of now are looked at.
    func connectAnew() throws(StoreError) -> (notices: [Notice], server: String) {
        open = nil
        let session = try session()
        let notices = try prove(session)
        incarnation = session.server.identity
        return (notices, session.server.identity)
    }

    /// Waits until a replica has what was written, where there are replicas.
    func waitForReplica(_ session: RedisSession) throws(StoreError) {
        guard try session.replicaCount() > 0 else { return }
        let operation = "waiting for a replica"
        let patience = Int(min(settings.timeouts.command, .seconds(6)).components.seconds) * 500
        let copies = try session.ask(operation, RedisCommand("WAIT", "1", String(max(100, patience)))).integer ?? 0
        // With no replica left there is nobody to wait for: what is written is as safe as it is on one server.
        guard copies == 0, try session.replicaCount(within: .zero) > 0 else { return }
        throw StoreError(
            .unavailable, operation, subject, reason: "no replica has confirmed what was written", isTransient: true)
    }
}
