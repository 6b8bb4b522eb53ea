import Logging
import SystemCalls
import SystemPackage
import Trials

/// Where sightings of markers become claims: each is read through the safe door, waits until it is complete, is checked
/// against what was handled before, and is claimed durably before anything else is done about it.
actor MarkerDesk {
    private let executor: BlockingExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let claims: Claims
    private let state: FilePath
    private let settle: Duration
    let logger: Logger
    let decoder = MarkerDecoder { Clock.localOffset(at: $0) }
    let host: String?
    let output: @Sendable ([ClaimedRun]) -> Void

    private(set) var projects: [FilePath: WatchedProject] = [:]
    private var baselines: [FilePath: Baseline] = [:]
    private var damaged: [FilePath: String] = [:]
    private var firstScans: [FilePath: FirstScan] = [:]
    private var candidates: Candidates
    private var looks = Looks()
    /// Versions that are to be claimed, in order.
    var complete: [MarkerContent] = []
    /// When a failed claim is to be tried again, and what was said of it.
    var retry: ContinuousClock.Instant?
    var lastFailure: String?
    private var refused: [MarkerPlace: RejectedMarker] = [:]
    var users: [UInt32: String] = [:]
    /// How many versions were claimed since the start.
    var count = 0

    /// What a project's first scan finds, until it is over.
    private struct FirstScan {
        var listed: [MarkerPlace: FileStamp] = [:]
        /// Markers of which an event told meanwhile: they are new.
        var live: Set<MarkerPlace> = []
    }

    /// After a claim could not be made durable, it is tried again after this time.
    static let retryDelay: Duration = .seconds(1)

    init(
        claims: Claims, on executor: BlockingExecutor, state: FilePath, settle: Duration, host: String?, logger: Logger,
        output: @escaping @Sendable ([ClaimedRun]) -> Void
    ) {
        self.claims = claims
        self.executor = executor
        self.state = state
        self.settle = settle
        self.host = host
        self.logger = logger
        self.output = output
        candidates = Candidates(settle: settle)
    }

    /// Takes a project in; what is known of its baseline decides what its first scan means.
    func watch(_ project: WatchedProject) throws(AgentError) {
        projects[project.root] = project
        switch try Baseline.read(of: project.root, in: state) {
        case .known(let baseline): baselines[project.root] = baseline
        case .none where project.backfill: try write(Baseline(stamps: []), of: project.root)
        case .none: firstScans[project.root] = FirstScan()
        case .damaged(let reason):
            damaged[project.root] = reason
            logger.error(
                "\(project.root.shown): what was there before the first watch is not known any more: \(reason)")
        }
    }

    /// Takes a batch of sightings; what is complete is claimed when this returns.
    func take(_ sighted: [Sighted], at now: ContinuousClock.Instant) async {
        for next in sighted { await take(next.sighting, next.reading, at: now) }
        await claimComplete(at: now)
    }

    /// Looks at what was to be looked at by now.
    func due(at now: ContinuousClock.Instant) async {
        if let time = retry, time <= now { retry = nil }
        complete += candidates.due(at: now)
        for place in looks.due(at: now) { await look(at: place, now) }
        await claimComplete(at: now)
    }

    /// When `due` is to be called next; nil when nothing waits.
    var next: ContinuousClock.Instant? { [candidates.next, looks.next, retry].compactMap { $0 }.min() }

    /// Markers that cannot be read at all, by place.
    var unreadable: [RejectedMarker] { Array(refused.values) }
    /// How many markers a project's baseline holds.
    func baselineCount(of project: FilePath) -> Int { baselines[project]?.stamps.count ?? 0 }
    /// Projects whose baseline is damaged, and why.
    var damagedBaselines: [FilePath: String] { damaged }

    private func take(
        _ sighting: Sighting, _ reading: MarkerReader.Reading?, at now: ContinuousClock.Instant
    ) async {
        guard let project = projects[sighting.project] else { return }
        switch sighting.kind {
        case .scanCompleted: await finishFirstScan(of: project)
        case .listed: await list(MarkerPlace(project: sighting.project, path: sighting.path), in: project, at: now)
        case .found, .created:
            let place = noteLive(sighting)
            looks.schedule(place, at: now + settle)
        case .closedAfterWrite:
            await take(reading, of: noteLive(sighting), now) { desk, content in
                if let version = desk.candidates.closed(content, at: now) { desk.complete.append(version) }
            }
        case .renamedIn:
            await take(reading, of: noteLive(sighting), now) { desk, content in
                desk.complete += desk.candidates.complete(content)
            }
        case .deleted: refused[MarkerPlace(project: sighting.project, path: sighting.path)] = nil
        }
    }

    private func noteLive(_ sighting: Sighting) -> MarkerPlace {
        let place = MarkerPlace(project: sighting.project, path: sighting.path)
        firstScans[sighting.project]?.live.insert(place)
        return place
    }

    /// What a scan finds is new only when neither the baseline nor a claim knows it.
    private func list(_ place: MarkerPlace, in project: WatchedProject, at now: ContinuousClock.Instant) async {
        guard damaged[project.root] == nil else { return }
        do {
            let root = try OwnedDescriptor(directory: project.root)
            guard let stamp = try MarkerReader(owners: project.owners).stamp(place, below: root) else {
                // What is no readable file has no stamp; a look says what it is.
                if firstScans[project.root] == nil, refused[place] == nil { looks.schedule(place, at: now + settle) }
                return
            }
            if firstScans[project.root] != nil {
                firstScans[project.root]?.listed[place] = stamp
            } else if baselines[project.root]?.stamps.contains(stamp) != true {
                let isHandled = await claims.holds(stamp)
                if !isHandled { looks.schedule(place, at: now + settle) }
            }
        } catch {
            logger.warning("\(place.shown): looking at a marker: \(error); it is looked at again by the next scan")
        }
    }

    private func finishFirstScan(of project: WatchedProject) async {
        guard let scan = firstScans[project.root] else { return }
        var stamps: Set<FileStamp> = []
        for (place, stamp) in scan.listed where !scan.live.contains(place) {
            if await !claims.holds(stamp) { stamps.insert(stamp) }
        }
        do throws(AgentError) {
            try write(Baseline(stamps: stamps), of: project.root)
            firstScans[project.root] = nil
        } catch {
            logger.error("\(error); it is tried again by the next scan")
        }
    }

    private func write(_ baseline: Baseline, of project: FilePath) throws(AgentError) {
        try baseline.write(of: project, in: state)
        baselines[project] = baseline
    }

    private func look(at place: MarkerPlace, _ now: ContinuousClock.Instant) async {
        guard let project = projects[place.project] else { return }
        do {
            let root = try OwnedDescriptor(directory: project.root)
            let reading = try MarkerReader(owners: project.owners).read(place, below: root, askingForWriters: true)
            await take(reading, of: place, now) { desk, content in
                desk.complete += desk.candidates.complete(content)
            }
        } catch {
            if error.errno == .noSuchFileOrDirectory { return }
            logger.warning("\(place.shown): reading a marker: \(error); it is tried again")
            looks.schedule(place, at: now + Self.retryDelay)
        }
    }

    /// Uses content that is new: neither in the baseline nor claimed before.
    private func take(
        _ reading: MarkerReader.Reading?, of place: MarkerPlace, _ now: ContinuousClock.Instant,
        _ use: (isolated MarkerDesk, MarkerContent) -> Void
    ) async {
        switch reading {
        case .content(let content)?:
            refused[place] = nil
            let isOld = baselines[place.project]?.stamps.contains(content.identity.stamp) ?? false
            let isHandled = await claims.holds(content.identity)
            if !isOld, !isHandled { use(self, content) }
        case .absent?, .beingWritten?: break
        case .refused(let reason)?: refuse(place, reason)
        case nil: looks.schedule(place, at: now)
        }
    }

    private func refuse(_ place: MarkerPlace, _ reason: String) {
        guard refused[place]?.reason != reason else { return }
        refused[place] = RejectedMarker(
            path: place.shown, line: nil, column: nil, reason: reason, observed: Timestamp.now)
        logger.warning("\(place.shown): not a marker: \(reason)")
    }
}
