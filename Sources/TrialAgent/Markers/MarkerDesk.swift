import Logging
import SystemCalls
import SystemPackage
import Trials

/// Where sightings of markers become claims: each is read through the safe door, waits until it is complete, is checked
/// against what was handled before, and is claimed durably before anything else is done about it.
///
/// Runs that are open are looked at here, too, when their process ends, their marker goes, or they are silent for long.
/// It is driven by `MarkerStage`, one call after the other.
actor MarkerDesk {
    /// What comes of the desk's work; each is called with what is durable.
    struct Outputs: Sendable {
        /// Runs that are to be captured and filed.
        var claimed: @Sendable ([ClaimedRun]) -> Void
        /// Runs as they are remembered from now on.
        var told: @Sendable ([RunRecord]) -> Void
    }

    let executor: BlockingExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let claims: Claims
    let parts: WaitingParts
    let state: FilePath
    var settle: Duration { didSet { candidates.settle = settle } }
    let logger: Logger
    let decoder: MarkerDecoder
    let host: String?
    let processes: ProcessSearch
    /// What a process has used, as far as it is known.
    let usage: @Sendable (RunProcess) -> UsageFacts?
    let outputs: Outputs
    let waits: DiskWaits
    /// Throws while nothing more is to be begun, because what was begun cannot be finished now.
    let room: @Sendable () async throws(AgentError) -> Void

    var projects: [FilePath: WatchedProject] = [:]
    /// Projects that are watched no longer: what was seen of them before is still handled.
    var former: [FilePath: WatchedProject] = [:]
    var baselines: [FilePath: Baseline] = [:]
    var damaged: [FilePath: String] = [:]
    var firstScans: [FilePath: FirstScan] = [:]
    /// Projects whose open runs have not been compared with what a scan finds since the start.
    var unsurveyed: Set<FilePath> = []
    var candidates: Candidates
    var looks = Looks<MarkerPlace>()
    /// Looks at markers that somebody writes to, and that no event tells of: nobody waits for them.
    var looksAtWritten = Looks<MarkerPlace>()
    /// Markers of which no event tells, until they are complete.
    var standing: [MarkerPlace: Standing] = [:]
    /// Projects with folders of which no event tells, and why.
    var polled: [FilePath: PolledFolder.Reason] = [:]
    var runLooks = Looks<RunKey>()
    /// Since when the marker of an open run is gone.
    var deletions: [RunKey: Timestamp] = [:]
    /// Open runs that are closed if nothing is heard of them in a moment.
    var closing: Set<RunKey> = []
    /// Ends of processes that are not written down yet.
    var endings: [RunKey: ProcessWatch.End] = [:]
    /// Markers that wait for the end of somebody's work.
    var undecided: [MarkerPlace: Work] = [:]
    /// Versions that are to be claimed, in order.
    var complete: [MarkerContent] = []
    /// By marker: the file that was last renamed into its place, and how many files before it nobody could read.
    var renamed: [MarkerPlace: VersionIdentity] = [:]
    var unread: [MarkerPlace: Int] = [:]
    /// When a failed claim is to be tried again, and what was said of it.
    var retry: ContinuousClock.Instant?
    var lastFailure: String?
    /// Projects whose first scan is over and could not be written down.
    var unwritten: [WatchedProject] {
        projects.values.filter { firstScans[$0.root]?.isOver == true }
    }
    var refused: [MarkerPlace: RejectedMarker] = [:]
    var users: [UInt32: String] = [:]
    /// How many versions were claimed since the start.
    var count = 0

    /// What a project's first scan finds, until it is over.
    struct FirstScan {
        var listed: [MarkerPlace: FileStamp] = [:]
        /// Markers of which an event told meanwhile: they are new.
        var live: Set<MarkerPlace> = []
        /// What was watched of the project until now, when more of it is from now on: only what that did not show counts as
        /// having been there before. Nil for a project that was not watched at all.
        var before: WatchedFolder?
        var isOver = false
    }

    /// After a claim could not be made durable, it is tried again after this time.
    static let retryDelay: Duration = .seconds(1)

    init(
        claims: Claims, parts: WaitingParts, on executor: BlockingExecutor, state: FilePath, settle: Duration,
        host: String?,
        decoder: MarkerDecoder, processes: ProcessSearch,
        usage: @escaping @Sendable (RunProcess) -> UsageFacts? = { _ in nil }, logger: Logger,
        waits: DiskWaits = DiskWaits(),
        room: @escaping @Sendable () async throws(AgentError) -> Void = {}, outputs: Outputs
    ) {
        self.claims = claims
        self.parts = parts
        self.executor = executor
        self.state = state
        self.settle = settle
        self.host = host
        self.decoder = decoder
        self.processes = processes
        self.usage = usage
        self.logger = logger
        self.waits = waits
        self.room = room
        self.outputs = outputs
        candidates = Candidates(settle: settle)
    }

    /// Takes a project in; what is known of its baseline decides what its first scan means.
    func watch(_ project: WatchedProject) throws(AgentError) {
        projects[project.root] = project
        unsurveyed.insert(project.root)
        switch try Baseline.read(of: project.root, in: state) {
        case .known(let baseline): baselines[project.root] = baseline
        case .none where project.backfill: try write(Baseline(markers: []), of: project.root)
        case .none: firstScans[project.root] = FirstScan()
        case .doubted(let baseline, let reason):
            baselines[project.root] = baseline
            lose(project, reason)
        case .damaged(let reason):
            lose(project, "which markers were there before is not known any more: \(reason)")
        }
    }

    private func lose(_ project: WatchedProject, _ reason: String) {
        damaged[project.root] = reason
        logger.error("\(project.root.shown): \(reason); see trialwatch adopt --help")
    }

    /// Watches these projects and no others from now on; gives those that could not be taken in, and why.
    func replace(_ watched: [WatchedProject], settle: Duration) -> [FilePath: AgentError] {
        self.settle = settle
        let roots = Set(watched.map(\.root))
        for (root, project) in projects where !roots.contains(root) {
            former[root] = project
            projects[root] = nil
            firstScans[root] = nil
            damaged[root] = nil
            unsurveyed.remove(root)
            refused = refused.filter { $0.key.project != root }
        }
        var failures: [FilePath: AgentError] = [:]
        for project in watched {
            former[project.root] = nil
            guard let known = projects[project.root], known.folder != nil else {
                do throws(AgentError) { try watch(project) } catch {
                    failures[project.root] = error
                    projects[project.root] = nil
                }
                continue
            }
            projects[project.root] = project
            if known.folder != project.folder, !project.backfill, firstScans[project.root] == nil {
                firstScans[project.root] = FirstScan(before: known.folder)
            }
        }
        return failures
    }

    /// A project that is or was watched.
    func known(_ root: FilePath) -> WatchedProject? { projects[root] ?? former[root] }

    /// Takes a batch of sightings; what is complete is claimed when this returns.
    func take(_ sighted: [Sighted], at now: ContinuousClock.Instant) async {
        for next in sighted { await take(next.sighting, next.reading, at: now) }
        await claimComplete(at: now)
    }

    /// Looks at what was to be looked at by now.
    func due(at now: ContinuousClock.Instant) async {
        let isRetry = retry.map { $0 <= now } ?? false
        if isRetry { retry = nil }
        complete += candidates.due(at: now)
        for place in looks.due(at: now) + looksAtWritten.due(at: now) { await look(at: place, now) }
        if isRetry { for project in unwritten { await finishFirstScan(of: project, at: now) } }
        await claimComplete(at: now)
        await lookAtRuns(runLooks.due(at: now), now)
        // What could not be written down has been by now, or is not wanted any more.
        if isRetry, retry == nil { waits.passed(.claims) }
    }

    /// When `due` is to be called next; nil when nothing waits.
    var next: ContinuousClock.Instant? {
        [candidates.next, looks.next, looksAtWritten.next, runLooks.next, retry].compactMap { $0 }.min()
    }

    /// True when nothing that was sighted waits to be read or claimed, and no run is about to be closed.
    var isIdle: Bool {
        candidates.next == nil && looks.next == nil && retry == nil && endings.isEmpty && closing.isEmpty
    }

    /// Markers that cannot be read at all, by place.
    var unreadable: [RejectedMarker] { Array(refused.values) }
    /// Markers that are complete and wait all the same, and what for.
    var waitingMarkers: [String] {
        undecided.map { "\($0.key.shown): it waits to be filed: \($0.value.rawValue)" }.sorted()
    }
    /// How many markers a project's baseline holds.
    func baselineCount(of project: FilePath) -> Int { baselines[project]?.count ?? 0 }
    /// How many versions of a project's markers were gone before they could be read, and are on no trial yet.
    func unreadCount(of project: FilePath) -> Int {
        unread.reduce(0) { $0 + ($1.key.project == project ? $1.value : 0) }
    }
    /// Projects of which nobody can say what is new in them, and why.
    var damagedBaselines: [FilePath: String] { damaged }

    func write(_ baseline: Baseline, of project: FilePath) throws(AgentError) {
        try baseline.write(of: project, in: state)
        baselines[project] = baseline
    }

    /// Says what could not be made durable: in the log once, not at each try, and in `status` for as long as it waits.
    func note(_ failure: AgentError, of subject: DiskWaits.Subject = .claims) {
        if lastFailure != failure.description { logger.error("\(failure)") }
        lastFailure = failure.description
        waits.failed(subject, failure)
    }

    func refuse(_ place: MarkerPlace, _ reason: String) {
        guard refused[place]?.reason != reason else { return }
        refused[place] = RejectedMarker(
            path: place.shown, line: nil, column: nil, reason: reason, observed: Timestamp.now)
        logger.warning("\(place.shown): not a marker: \(reason)")
    }
}
