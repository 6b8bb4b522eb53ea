import Logging
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
        /// Directories that only scans look at: the limit of watches is used up, or they are on a network file system.
        var polled: Int
        /// Why the project's folder is not there; nil when it is.
        var missing: String?
        /// Folders that cannot be read, and why.
        var unreadable: [FilePath: String]
    }

    private let executor = BlockingExecutor("trialwatch.watching")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let thread: EventThread
    private let interval: Duration
    private let clock: any _Concurrency.Clock<Duration>
    private let jitter: @Sendable () -> Double
    private let logger: Logger
    private let sink: @Sendable ([Sighting]) async -> Void

    private var watches: WatchSet
    private let (scansWanted, scanWanted) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private var fences: [EventThread.Fence: CheckedContinuation<Void, Never>] = [:]
    private var resting: [CheckedContinuation<Void, Never>] = []
    private var isScanning = false
    private var isOver = false

    /// So many folders are looked into before events have their turn.
    private static let foldersAtOnce = 64

    /// Prepares to watch these folders; `sink` takes what is seen, batch after batch, and holds the watcher up meanwhile.
    ///
    /// Every `interval`, more or less by up to a tenth as `jitter` (0 to 1) has it, all projects are scanned.
    init(
        _ folders: [WatchedFolder], on thread: EventThread, scanningEvery interval: Duration, logger: Logger,
        clock: any _Concurrency.Clock<Duration> = .continuous,
        jitter: @escaping @Sendable () -> Double = { .random(in: 0...1) },
        sink: @escaping @Sendable ([Sighting]) async -> Void
    ) {
        self.thread = thread
        self.interval = interval
        self.clock = clock
        self.jitter = jitter
        self.logger = logger
        self.sink = sink
        var watches = WatchSet(thread: thread, logger: logger)
        watches.replace(folders)
        self.watches = watches
        scanWanted.yield()
    }

    /// Watches until the task is cancelled or the thread stops; throws when watching has become impossible.
    func run() async throws(AgentError) {
        let failure = await withTaskGroup(of: SystemCallError?.self) { group in
            group.addTask { await self.takeBatches() }
            group.addTask { await self.scanWhenWanted() }
            group.addTask { await self.wantScansRegularly() }
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
        scanWanted.yield()
    }

    /// Watches these folders and no others from now on.
    func replace(_ folders: [WatchedFolder]) {
        watches.replace(folders)
        scanWanted.yield()
    }

    /// Returns when no scan is wanted any more and everything that had happened before this call has been told.
    func settled() async {
        while !isOver {
            await passFence()
            if !isScanning, watches.wanted.isEmpty { return }
            await withCheckedContinuation { resting.append($0) }
        }
    }

    /// How the projects are watched.
    var status: [FilePath: Status] {
        watches.projects.reduce(into: [:]) { status, project in
            let count = watches.tree.count(in: project.key)
            status[project.key] = Status(
                watched: count.watched, polled: count.unwatched, missing: project.value.missing,
                unreadable: project.value.unreadable)
        }
    }

    private func takeBatches() async -> SystemCallError? {
        for await batch in thread.batches {
            switch batch {
            case .events(let events):
                let sightings = watches.take(events)
                if !watches.wanted.isEmpty { scanWanted.yield() }
                if !sightings.isEmpty { await sink(sightings) }
            case .fence(let fence): fences.removeValue(forKey: fence)?.resume()
            case .failed(let error): return error
            }
        }
        return nil
    }

    private func scanWhenWanted() async -> SystemCallError? {
        for await _ in scansWanted {
            isScanning = true
            while !Task.isCancelled, let project = watches.nextWanted() { await scan(project) }
            isScanning = false
            for waiting in resting { waiting.resume() }
            resting = []
        }
        return nil
    }

    private func wantScansRegularly() async -> SystemCallError? {
        while (try? await clock.sleep(for: interval * (0.9 + 0.2 * jitter()))) != nil { rescan() }
        return nil
    }

    private func scan(_ project: FilePath) async {
        guard var scan = watches.beginScan(of: project) else { return }
        while !scan.isOver, !Task.isCancelled {
            let sightings = watches.advance(&scan, by: Self.foldersAtOnce)
            if !sightings.isEmpty { await sink(sightings) }
            await Task.yield()
        }
        watches.sweep(scan)
        // What happened during the scan is told before its end: only then is it known which of the files were there before.
        await passFence()
        watches.scanned = nil
        guard !Task.isCancelled, !isOver else { return }
        if scan.isComplete {
            await sink([Sighting(project: project, path: FilePath(), kind: .scanCompleted)])
        } else {
            logger.notice("\(project.shown) could not be looked through whole; the next scan tries again")
        }
    }

    /// Returns when everything that had happened before this call has been told.
    private func passFence() async {
        guard !isOver else { return }
        await withCheckedContinuation { fences[thread.fence()] = $0 }
    }

    private func finish() {
        isOver = true
        for waiting in Array(fences.values) + resting { waiting.resume() }
        fences = [:]
        resting = []
    }
}
