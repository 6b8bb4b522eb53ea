import SystemCalls
import Trials

/// Files what waits in the spool in one store: in batches, each run's entries in order, for as long as it takes.
///
/// A store that is out of reach is tried again after each delay by one call, however much waits for it. An entry that it
/// refuses for good stands in nobody's way but its own run's.
actor Filer {
    private struct Flush {
        /// The newest entry that waited when it was asked for; nil when none did.
        let horizon: EntryName?
        let continuation: CheckedContinuation<AgentError?, Never>
    }

    private enum Timer {
        case idle
        case running
        case fired
    }

    nonisolated let backend: NamedBackend
    /// The store's calls.
    nonisolated let underWay = UnfinishedWork()

    let spool: Spool
    let report: BackendReport
    let receipts = ReceiptWriter()
    let memory = BurstMemory()
    private let clock: any _Concurrency.Clock<Duration>
    let now: @Sendable () -> Timestamp
    let policy: RetryPolicy
    private var random: any RandomNumberGenerator & Sendable
    private let wakeUps: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    var isPrepared = false
    /// Whether it was told that the state directory does not say that this store is filed to.
    var isUnremembered = false
    /// The server that is known to hold what was acknowledged; nil for a store that loses nothing of that.
    var incarnation: String?
    private var readiness: [Notice] = []
    /// Why nothing can be filed at all; nil while the store takes filings.
    private var hindrance: AgentError?
    /// Runs that wait for the timer, and why the last of them does.
    var delayed: Set<UInt64> = []
    var delayReason: AgentError?
    /// Delays in a row after which something still had to wait.
    private var delays = 0
    private var timer = Timer.idle
    /// What the store has acknowledged and the spool still has.
    var acknowledged: (settled: [EntryName], kept: [(EntryName, Int)]) = ([], [])
    private var flushes: [Int: Flush] = [:]
    private var flushCount = 0
    private var hasEnded = false

    /// A filer for one store. `events` is shared with the other filers; somebody has to read it.
    init(
        _ backend: NamedBackend, spool: Spool, events: AsyncStream<FilingEvent>.Continuation,
        clock: any _Concurrency.Clock<Duration> = QuietClock(), policy: RetryPolicy = RetryPolicy(),
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.backend = backend
        self.spool = spool
        report = BackendReport(backend, events: events, now: now)
        self.clock = clock
        self.policy = policy
        self.random = random
        self.now = now
        (wakeUps, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The store as `trialwatch status` shows it; costs next to nothing.
    nonisolated var status: BackendStatus {
        var status = report.status
        let counts = spool.counts[backend.name] ?? SpoolCounts()
        status.waiting = counts.waiting
        status.setAside = counts.setAside
        status.lag = backend.lag()
        return status
    }

    /// Files until it is cancelled; then the batch under way is finished and the store brought up to date. Runs once.
    ///
    /// It ends as soon as the store's call under way returns, which a store has to bound.
    func run() async {
        await spool.signal(wake, whenSpooledFor: backend.name)
        await withDiscardingTaskGroup { group in
            for await _ in wakeUps {
                await pass()
                guard hindrance != nil || !delayed.isEmpty, timer == .idle, !Task.isCancelled else { continue }
                let delay = nextDelay()
                timer = .running
                group.addTask { [clock] in
                    // A filer that is stopped tries nothing more.
                    if (try? await clock.sleep(for: delay)) != nil { await self.timerFired() }
                }
            }
            group.cancelAll()
        }
        await leave()
    }

    /// Waits until everything that is in the spool for this store now is filed or set aside, and the store is up to date.
    ///
    /// What has to wait is tried at once, whatever its delay. Throws what hinders it: the store's error, or that the limit
    /// has passed.
    func flush(within limit: Duration) async throws(AgentError) {
        let horizon = await spool.range(of: backend.name)?.upperBound
        if hasEnded { throw ended }
        let id = flushCount
        flushCount += 1
        let hindrance = await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock] in
                try? await clock.sleep(for: limit)
                await self.giveUp(id)
            }
            let answer = await withCheckedContinuation { continuation in
                flushes[id] = Flush(horizon: horizon, continuation: continuation)
                wake.yield()
            }
            group.cancelAll()
            return answer
        }
        if let hindrance { throw hindrance }
    }

    /// Tries everything that may be tried now, once.
    private func pass() async {
        let asked = Array(flushes.keys)
        let isDue = timer == .fired || !asked.isEmpty
        guard hindrance == nil || isDue else { return }
        if timer == .fired { timer = .idle }
        if isDue {
            delayed = []
            delayReason = nil
        }
        do throws(AgentError) {
            try await prepare()
            try await fileAll()
            report.reached(afterHindrance: hindrance != nil, needsHelp: delayReason?.isTransient == false)
            hindrance = nil
        } catch {
            report.hindered("\(error)", isNews: hindrance == nil)
            hindrance = error
        }
        if hindrance == nil, delayed.isEmpty { delays = 0 }
        for id in asked { await answer(id) }
    }

    private func prepare() async throws(AgentError) {
        guard !isPrepared else { return }
        do {
            underWay.added()
            defer { underWay.finished() }
            let found = try await backend.writer.prepare()
            if let now = found.incarnation, now != incarnation { try await fileLost() }
            incarnation = found.incarnation
            let told = found.notices
            isPrepared = true
            for notice in told where !readiness.contains(notice) { report.note("\(backend.name): \(notice)") }
            readiness = told
        } catch let error as StoreError {
            throw failure(error)
        } catch {
            throw (error as? AgentError) ?? AgentError(.filing, backend.name, "\(error)", isTransient: true)
        }
    }

    /// Files again what an earlier server had acknowledged and this one lacks.
    private func fileLost() async throws {
        let refiling = Refiling(
            backend: backend.name, writer: backend.writer, spool: spool, policy: policy,
            progressed: { [underWay] in underWay.progressed() })
        let outcome = try await refiling.run()
        report.filed(outcome.filed)
        for note in outcome.notes { report.note(note) }
    }

    private func nextDelay() -> Duration {
        delays += 1
        var random = random
        defer { self.random = random }
        return policy.delay(after: delays, using: &random)
    }

    private func timerFired() {
        timer = .fired
        wake.yield()
    }

    private func answer(_ id: Int) async {
        guard let flush = flushes[id] else { return }
        var answer = hindrance
        if answer == nil, Task.isCancelled { answer = ended }
        if answer == nil, let horizon = flush.horizon, let waiting = await spool.range(of: backend.name),
            waiting.lowerBound <= horizon
        {
            answer = delayReason ?? AgentError(.filing, backend.name, "entries still wait", isTransient: true)
        }
        if answer == nil { answer = await synchronize() }
        flushes.removeValue(forKey: id)?.continuation.resume(returning: answer)
    }

    private func giveUp(_ id: Int) {
        let reason = "not everything could be filed in the time given; \(status.waiting) entries wait"
        flushes.removeValue(forKey: id)?.continuation.resume(
            returning: hindrance ?? AgentError(.filing, backend.name, reason, isTransient: true))
    }

    /// Brings what the store derives from its records up to date; gives what hinders it.
    func synchronize() async -> AgentError? {
        do throws(StoreError) {
            underWay.added()
            defer { underWay.finished() }
            try await backend.writer.synchronize()
            return nil
        } catch {
            return failure(error)
        }
    }

    private func leave() async {
        hasEnded = true
        // A store that is out of reach would only keep the agent from leaving.
        if isPrepared, hindrance == nil, let failure = await synchronize() { report.note("\(failure)") }
        for flush in flushes.values { flush.continuation.resume(returning: ended) }
        flushes = [:]
    }

    private var ended: AgentError {
        AgentError(.filing, backend.name, "the agent is stopping; what is not filed waits for its next start")
    }

    func failure(_ error: StoreError) -> AgentError {
        AgentError(
            .filing, backend.name, "\(error.operation): \(error.subject): \(error.reason)", remedy: error.remedy,
            isTransient: error.isTransient, cause: error)
    }
}
