import Logging
import Synchronization
import SystemCalls
import SystemPackage

/// Watches the projects' folders and tells, in batches, where markers were seen.
///
/// What is told is a hint and may come twice; nothing is left out: what no event tells, the next scan does.
actor Watcher {
    /// How a project is watched.
    struct Status: Sendable, Equatable {
        /// Directories with a watch.
        var watched: Int
        /// Directories without a watch, into which somebody has to look.
        var polled: Int
        /// How many of them have none for which reason.
        var reasons: [PolledFolder.Reason: Int] = [:]
        /// How often they are looked into.
        var pollInterval: Duration = .seconds(5)
        /// Why the project's folder is not there; nil when it is.
        var missing: String?
        /// Folders that cannot be read, and why.
        var unreadable: [FilePath: String]
    }

    private let executor = BlockingExecutor("trialwatch.watching")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let lookedInto = Mutex(0)

    private let thread: EventThread
    private var interval: Duration
    private var intervalCount = 0
    private let (intervals, intervalChanged) = AsyncStream.makeStream(of: Int.self)
    private let clock: any _Concurrency.Clock<Duration>
    private let jitter: @Sendable () -> Double
    private let logger: Logger
    private let sink: @Sendable ([Sighting]) async -> Void
    private let othersMayBe: @Sendable () -> Void

    private var watches: WatchSet
    private let (scansWanted, scanWanted) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private var fences: [EventThread.Fence: AsyncStream<Void>.Continuation] = [:]
    private var resting: [AsyncStream<Void>.Continuation] = []
    private var isScanning = false
    /// By project, how often its folders without a watch are looked into; nothing, and no timer, where all have one.
    private var polling: [FilePath: Polling] = [:]
    private var pollingCount = 0
    private let (pollings, pollingWanted) = AsyncStream.makeStream(of: Polling.self)
    private var pollsUnderWay = 0
    /// No scan begins, because what is to be scanned is about to change.
    private var isHeld = false
    private var isOver = false

    /// So many folders are looked into before events have their turn.
    private static let foldersAtOnce = 256
    /// Between two looks into folders without a watch lies at least so many times what the first has taken.
    private static let restAfterPoll = 9

    private struct Polling {
        let project: FilePath
        let interval: Duration
        let number: Int
    }

    /// Prepares to watch these folders; `sink` takes what is seen, batch after batch, and holds the watcher up meanwhile.
    ///
    /// Every `interval`, more or less by up to a tenth as `jitter` (0 to 1) has it, all projects are scanned. `othersMayBe` is
    /// called whenever projects may have come or gone in the folders `parents`.
    init(
        _ folders: [WatchedFolder], lookingInto parents: [FilePath] = [], on thread: EventThread,
        scanningEvery interval: Duration, logger: Logger,
        clock: any _Concurrency.Clock<Duration> = QuietClock(),
        jitter: @escaping @Sendable () -> Double = { .random(in: 0...1) },
        isOnNetwork: @escaping @Sendable (borrowing OwnedDescriptor) throws(SystemCallError) -> Bool = {
            (folder) throws(SystemCallError) in try folder.volume().isNetwork
        },
        answering: AnsweringFolders = AnsweringFolders(), othersMayBe: @escaping @Sendable () -> Void = {},
        sink: @escaping @Sendable ([Sighting]) async -> Void
    ) {
        self.thread = thread
        self.interval = interval
        self.clock = clock
        self.jitter = jitter
        self.logger = logger
        self.sink = sink
        self.othersMayBe = othersMayBe
        var watches = WatchSet(
            thread: thread, logger: logger, isOnNetwork: isOnNetwork, answering: answering,
            gettingOn: { [executor] in executor.progressed() }
        )
        watches.replace(folders)
        watches.replaceParents(parents)
        self.watches = watches
        scanWanted.yield()
        intervalChanged.yield(intervalCount)
    }

    /// Watches until the task is cancelled or the thread stops; throws when watching has become impossible.
    func run() async throws(AgentError) {
        tellOfOthers()
        let failure = await withTaskGroup(of: SystemCallError?.self) { group in
            // Whatever they wait for wakes this actor's own thread, and no other before it.
            group.addTask(executorPreference: executor) { await self.takeBatches() }
            group.addTask(executorPreference: executor) { await self.scanWhenWanted() }
            group.addTask(executorPreference: executor) { await self.wantScansRegularly() }
            group.addTask(executorPreference: executor) { await self.pollAsWanted() }
            let first = await group.next() ?? nil
            group.cancelAll()
            finish()
            return first
        }
        if let failure {
            throw AgentError(.watching, "inotify", "waiting for changes: \(failure)", isTransient: true, cause: failure)
        }
    }

    /// Scans all projects soon: their folders are compared with what is known of them.
    func rescan() {
        watches.wantAll()
        watches.watchParents()
        scanWanted.yield()
        watches.mayHaveOthers = false
        othersMayBe()
    }

    /// Begins no scan any more until `replace`, and returns when none goes on and everything that had happened before this call
    /// has been told, or the task is cancelled.
    func hold() async {
        isHeld = true
        while isScanning || pollsUnderWay > 0, !isOver, !Task.isCancelled {
            for await _ in endOfRest() {}
        }
        await passFence()
    }

    /// Watches these folders and no others from now on; what is new or has changed is scanned soon.
    func replace(
        _ folders: [WatchedFolder], lookingInto parents: [FilePath] = [], scanningEvery interval: Duration? = nil
    ) {
        watches.replace(folders)
        watches.replaceParents(parents)
        if let interval, interval != self.interval {
            self.interval = interval
            intervalCount += 1
            intervalChanged.yield(intervalCount)
        }
        isHeld = false
        scanWanted.yield()
        followPolled()
        tellOfOthers()
    }

    /// Returns when no scan is wanted any more and everything that had happened before this call has been told, or the task is
    /// cancelled.
    func settled() async {
        while !isOver, !Task.isCancelled {
            await passFence()
            if !isScanning, watches.wanted.isEmpty { return }
            for await _ in endOfRest() {}
        }
    }

    /// How many folders scans have looked into since the start.
    nonisolated var looked: Int { lookedInto.withLock { $0 } }

    /// Whether what happens has not been told for longer than `limit`.
    nonisolated func isStuck(after limit: Duration) -> Bool {
        executor.isStuck(after: limit) || thread.isStuck(after: limit)
    }

    /// Ends when a scan is over. Not async: even a call to an actor's own async method may let others have their turn before it
    /// begins, and the scan that was just looked at would be over unheard.
    private func endOfRest() -> AsyncStream<Void> {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        resting.append(end)
        return ends
    }

    private func tellOfOthers() {
        guard watches.mayHaveOthers else { return }
        watches.mayHaveOthers = false
        othersMayBe()
    }

    /// How the projects are watched.
    var status: [FilePath: Status] {
        watches.projects.reduce(into: [:]) { status, project in
            let count = watches.tree.count(in: project.key)
            status[project.key] = Status(
                watched: count.watched, polled: count.unwatched, reasons: watches.tree.polledCount(in: project.key),
                pollInterval: project.value.folder.pollInterval, missing: project.value.missing,
                unreadable: project.value.unreadable)
        }
    }

    private func takeBatches() async -> SystemCallError? {
        for await batch in thread.batches {
            defer { thread.taken() }
            switch batch {
            case .events(let events):
                let sightings = watches.take(events)
                followPolled()
                if !watches.wanted.isEmpty { scanWanted.yield() }
                tellOfOthers()
                if !sightings.isEmpty { await sink(sightings) }
            case .fence(let fence): fences.removeValue(forKey: fence)?.finish()
            case .failed(let error): return error
            }
        }
        return nil
    }

    private func scanWhenWanted() async -> SystemCallError? {
        for await _ in scansWanted {
            isScanning = true
            while !Task.isCancelled, !isHeld, let project = watches.nextWanted() { await scan(project) }
            isScanning = false
            endRest()
        }
        return nil
    }

    private func endRest() {
        for waiting in resting { waiting.finish() }
        resting = []
    }

    private func wantScansRegularly() async -> SystemCallError? {
        await withDiscardingTaskGroup { group in
            for await number in intervals { group.addTask { await self.scanRegularly(number) } }
        }
        return nil
    }

    /// Scans until there is another interval; the sleep of before ends by itself.
    private func scanRegularly(_ number: Int) async {
        while number == intervalCount, (try? await clock.sleep(for: interval * (0.9 + 0.2 * jitter()))) != nil {
            if number == intervalCount { rescan() }
        }
    }

    /// A part of something long is done: whoever waits has a turn.
    private func stepAside() async {
        executor.progressed()
        if executor.isInDemand { await Task.yield() }
    }

    private func scan(_ project: FilePath) async {
        guard var scan = watches.beginScan(of: project) else { return }
        while !scan.isOver, !Task.isCancelled {
            let sightings = watches.advance(&scan, by: Self.foldersAtOnce)
            lookedInto.withLock { $0 = watches.looked }
            if !sightings.isEmpty { await sink(sightings) }
            await stepAside()
        }
        watches.sweep(scan)
        followPolled()
        // What happened during the scan is told before its end: only then is it known which of the files were there before.
        await passFence()
        watches.scanned = nil
        guard !Task.isCancelled, !isOver else { return }
        if scan.isComplete {
            let reason = watches.polledReason(of: project)
            await sink([Sighting(project: project, path: FilePath(), kind: .scanCompleted, polled: reason)])
        } else {
            logger.notice("\(project.shown) could not be looked through whole; the next scan tries again")
        }
    }

    /// Polls what has come to have no watch, and no longer what has one.
    private func followPolled() {
        for (project, known) in watches.projects where watches.tree.isPolled(project) {
            guard polling[project]?.interval != known.folder.pollInterval else { continue }
            pollingCount += 1
            let next = Polling(project: project, interval: known.folder.pollInterval, number: pollingCount)
            polling[project] = next
            pollingWanted.yield(next)
        }
        for project in polling.keys where !watches.tree.isPolled(project) { polling[project] = nil }
    }

    private func pollAsWanted() async -> SystemCallError? {
        await withDiscardingTaskGroup { group in
            for await next in pollings { group.addTask { await self.pollRegularly(next) } }
        }
        return nil
    }

    /// Looks into a project's folders without a watch, until all have one or another interval holds; the sleep of before ends
    /// by itself.
    private func pollRegularly(_ own: Polling) async {
        var pause = own.interval
        while polling[own.project]?.number == own.number, (try? await clock.sleep(for: pause)) != nil {
            guard polling[own.project]?.number == own.number else { return }
            let begun = Clock.monotonic
            await poll(own.project)
            pause = max(own.interval, .nanoseconds(Clock.monotonic - begun) * Self.restAfterPoll)
        }
    }

    private func poll(_ project: FilePath) async {
        guard !isHeld, var poll = watches.beginPoll(of: project) else { return }
        pollsUnderWay += 1
        while !poll.isOver, !isHeld, !Task.isCancelled {
            let sightings = watches.advance(&poll, by: Self.foldersAtOnce)
            if !sightings.isEmpty { await sink(sightings) }
            await stepAside()
        }
        watches.noteLimit(of: project)
        followPolled()
        if !watches.wanted.isEmpty { scanWanted.yield() }
        pollsUnderWay -= 1
        endRest()
    }

    /// Returns when everything that had happened before this call has been told.
    private func passFence() async {
        guard !isOver else { return }
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        fences[thread.fence()] = end
        for await _ in ends {}
    }

    private func finish() {
        isOver = true
        for waiting in Array(fences.values) + resting { waiting.finish() }
        fences = [:]
        resting = []
    }
}
