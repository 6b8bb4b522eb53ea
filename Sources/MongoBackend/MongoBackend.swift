internal import Mongo
internal import Records
internal import SystemCalls
public import Trials

/// A store in a MongoDB, as daskperiment lays it out, with our own documents beside.
///
/// A trial's own document (`category: trialwatch`) is the truth: everything that daskperiment reads is made from it, so that
/// whoever finds a filing unfinished can finish it. Agents on any number of machines may file to one experiment, together
/// with Python processes. The connection is made at first use, and anew whenever it broke.
public actor MongoBackend {
    private let executor = BlockingExecutor("trialwatch.mongo")
    /// Calls wait for the network, so they run on a thread of their own.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// How much one call of `file` takes.
    public nonisolated var capacity: FilingCapacity { FilingCapacity(trials: 200, bytes: 8 << 20) }
    /// A server is there for a team.
    public nonisolated var isReadByOtherHosts: Bool { true }

    let settings: MongoSettings
    let now: @Sendable () -> Timestamp
    /// Texts of the capture that was filed last.
    let texts = CaptureTexts()
    private var open: MongoSession?
    private var pause: ServerPause?
    /// Experiments whose collection has our indexes.
    var indexed: Set<Experiment.ID> = []
    /// By experiment, texts that the store has, as far as this process knows.
    var knownTexts: [Experiment.ID: Set<String>] = [:]
    /// By experiment, the names by which things are stored.
    var names: [Experiment.ID: NameList] = [:]

    /// The store in a MongoDB; does not connect.
    public init(_ settings: MongoSettings, now: @escaping @Sendable () -> Timestamp) {
        self.settings = settings
        self.now = now
    }

    /// What errors are about.
    var subject: String { settings.address.shown }

    var seconds: UInt32 { UInt32(clamping: now().nanoseconds / 1_000_000_000) }

    /// The connection, made now when there is none.
    ///
    /// A server that could not be found is looked for again after a pause, which grows: libmongoc's own is five seconds.
    private func session() throws(StoreError) -> MongoSession {
        if let open { return open }
        if let pause, pause.end > .now { throw pause.error }
        do throws(StoreError) {
            let session = try MongoSession(settings)
            open = session
            pause = nil
            // Somebody may have dropped a collection, with all that was in it.
            indexed = []
            knownTexts = [:]
            names = [:]
            return session
        } catch {
            let error = error.ofConnecting
            pause = ServerPause(after: pause, error)
            throw error
        }
    }

    /// Does something by a connection that works; after an error of the connection another one is made for the next.
    func connected<Value>(_ body: (MongoSession) throws(StoreError) -> Value) throws(StoreError) -> Value {
        let session = try session()
        do throws(StoreError) { return try body(session) } catch {
            if error.isTransient { open = nil }
            throw error
        }
    }

    /// The same for what may be done twice: a connection that broke while it rested is made anew, once.
    func reading<Value>(_ body: (MongoSession) throws(StoreError) -> Value) throws(StoreError) -> Value {
        let isOld = open != nil
        do throws(StoreError) { return try connected(body) } catch {
            guard isOld, error.isTransient else { throw error }
            return try connected(body)
        }
    }

    /// Whether there is a connection; it may have broken while it rested.
    var isConnected: Bool { open != nil }

    /// Lets go of the connection, and does not wait to make the next.
    func disconnect() {
        open = nil
        pause = nil
    }
}

/// How long a server that could not be found is left alone.
private struct ServerPause {
    let end: ContinuousClock.Instant
    let error: StoreError
    private let length: Duration

    init(after earlier: ServerPause?, _ error: StoreError) {
        length = min((earlier?.length ?? .milliseconds(25)) * 2, .seconds(2))
        end = .now + length
        self.error = error
    }
}
