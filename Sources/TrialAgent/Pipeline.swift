import Logging
import SystemCalls
import SystemPackage
import Trials
import YAML

/// The stages of one agent, put together: each hands over to the next, and none calls an earlier one.
struct Pipeline: Sendable {
    let parts: Agent.Parts
    let state: FilePath
    let began = Timestamp.now
    let current: CurrentPlan
    let wishes = PlanWishes()
    let bulletin: Bulletin
    let announcer: Announcer
    let watcher: Watcher
    let desk: MarkerDesk
    let stage: MarkerStage
    let claims: Claims
    let progress = CaptureProgress()
    let waits = DiskWaits()
    let spool: Spool
    let ledger: Ledger
    let files: RunFiles
    let filing: FilingStage

    private let answering = AnsweringFolders()
    private let mode: Agent.Mode
    private let waiting: WaitingParts
    private let reader: PromptReader
    private let watched: [WatchedProject]
    private let own: [FilePath]
    private let thread: EventThread
    let room: SnapshotRoom
    let upkeep: SnapshotUpkeep
    private let background: ResidentWorker
    private let makers: Captures
    private let writers: WriterSearch
    private let captures: CaptureStage
    private let processes: ProcessWatch
    private let told: AsyncStream<[RunRecord]>
    private let tell: AsyncStream<[RunRecord]>.Continuation
    private let claimed: AsyncStream<[ClaimedRun]>
    private let claim: AsyncStream<[ClaimedRun]>.Continuation
    private let filings: AsyncStream<FilingEvent>
    private let filed: AsyncStream<FilingEvent>.Continuation

    /// Opens what is durable and prepares every stage.
    init(_ parts: Agent.Parts, _ mode: Agent.Mode, state: FilePath, thread: EventThread) throws(AgentError) {
        self.parts = parts
        self.mode = mode
        self.state = state
        self.thread = thread
        let plan = try Plan(parts.configuration, answering: answering, opening: parts.open)
        let user = parts.surroundings.userIdentifier
        let host = (try? Machine())?.hostName
        let own = [state]
        let watched = plan.watched(user: user, backfilling: mode == .once, keepingOutOf: own)
        let current = CurrentPlan(plan, watched)
        self.current = current
        self.own = own
        self.watched = watched
        (claimed, claim) = AsyncStream.makeStream(of: [ClaimedRun].self)
        (filings, filed) = AsyncStream.makeStream(of: FilingEvent.self)
        (told, tell) = AsyncStream.makeStream(of: [RunRecord].self)
        let executor = BlockingExecutor("trialwatch.markers")
        if try !Claims.exist(in: state) {
            try Baseline.doubtAll(
                in: state, because: "which markers were handled is not known any more: the claims are gone")
        }
        claims = try Claims(in: state, on: executor)
        spool = try Spool(in: state)
        ledger = try Ledger(in: state)
        waiting = try WaitingParts(in: state)
        bulletin = Bulletin(logger: parts.logger, ledger: ledger)
        announcer = Announcer(
            surroundings: parts.surroundings, host: host, settings: { current.plan.configuration.notify },
            telling: { [bulletin] in bulletin.note($0) }, ofFailing: { [bulletin] in bulletin.note($0, of: $1) })
        files = RunFiles { run in
            let project =
                current.watched(at: run.place.project)
                ?? .unwatched(run.place.project, experiment: run.experiment, backend: run.backend, user: user)
            return project.scope(of: run.place)
        }
        let search = ProcessSearch(boot: Self.boot())
        let holds = ProcessHolds()
        let usages = try ProcessUsages(on: thread, search: search)
        let decoder = MarkerDecoder { Clock.localOffset(at: $0) }
        desk = MarkerDesk(
            claims: claims, parts: waiting, on: executor, state: state, settle: parts.configuration.settle,
            host: host, decoder: decoder, processes: search, usage: { usages.usage(of: $0) }, logger: parts.logger,
            waits: waits,
            room: { [spool, waits] () async throws(AgentError) in
                try waits.checkSpool()
                try await spool.checkRoom()
            },
            outputs: MarkerDesk.Outputs(
                claimed: { [progress, claim] runs in
                    progress.entered(runs.count)
                    claim.yield(runs)
                },
                told: { [tell, files] runs in
                    tell.yield(runs)
                    files.follow(runs)
                }))
        let writers = WriterSearch(search) { current.watched(at: $0)?.variables ?? EnvironmentAllowList() }
        self.writers = writers
        reader = PromptReader(
            watched, decoder: decoder, host: host, processes: search, holds: holds, writers: writers)
        stage = MarkerStage(reader: reader, desk: desk, clock: QuietClock())
        processes = try ProcessWatch(on: thread, search: search, holds: holds, usages: usages, logger: parts.logger) {
            [stage] end in
            stage.perform { desk, now in await desk.processEnded(end, at: now) }
        }
        watcher = Watcher(
            mode == .request ? [] : watched.compactMap(\.folder), lookingInto: mode == .service ? plan.parents : [],
            on: thread, scanningEvery: parts.configuration.rescan, logger: parts.logger, answering: answering,
            othersMayBe: { [wishes] in wishes.look() }
        ) { [stage] in await stage.take($0) }
        filing = FilingStage(plan.stores.map(\.backend), spool: spool, events: filed)
        let stores = state.appending(CaptureSubjects.stores)
        let room = SnapshotRoom(stores, limits: { current.plan.configuration.store }, logger: parts.logger)
        self.room = room
        room.count()
        let (activity, subjects) = (CaptureActivity(), CaptureSubjects(current, parts))
        let makers = Captures(
            parts.capturers, worker: WorkerProgram(agentWith: parts.surroundings.variables), activity: activity,
            room: room)
        self.makers = makers
        let background = ResidentWorker(WorkerProgram(agentWith: parts.surroundings.variables, isBackground: true))
        self.background = background
        upkeep = SnapshotUpkeep(
            SnapshotUpkeep.Parts(
                ask: { await background.answers(of: $0, about: $1) },
                projects: { current.plan.projects.map(\.root) }, subject: { subjects.subject(of: $0) }, folder: stores,
                room: room, activity: activity, note: { [bulletin] in bulletin.note($0) }, logger: parts.logger,
                clock: QuietClock()))
        captures = CaptureStage(
            capture: { await makers.capture($0) }, look: { await makers.look($0) },
            subject: { subjects.subject(of: $0, $1) },
            writers: { await writers.writers(of: $0) },
            receipt: { current.watched(at: $0.place.project)?.writesReceipts == true ? $0.place : nil }, claims: claims,
            spool: spool, parts: waiting, clock: QuietClock(), logger: parts.logger,
            progress: progress, waits: waits)
        for notice in claims.notices + spool.notices + [ledger.notice].compactMap({ $0 }) { bulletin.note(notice) }
        for notice in plan.notices { parts.logger.warning("\(notice)") }
    }

    /// Runs the stages while `body` does, then lets each finish what it has begun, in the order of the pipeline.
    ///
    /// What goes on `beside` it is broken off when `body` is over. Throws what `body` gives, or why the stages could not go on.
    func run(
        answering control: ControlSocket?, beside: [@Sendable () async -> Void] = [],
        _ body: @escaping @Sendable (Signals) async -> AgentError?
    ) async throws(AgentError) {
        for project in watched { try await desk.watch(project) }
        let unsettled = await claims.takeUnsettled()
        progress.entered(unsettled.count)
        await waiting.need(unsettled.flatMap(\.filing.parts))
        await waiting.sweep()
        if !unsettled.isEmpty { claim.yield(unsettled) }
        if mode != .request { await desk.resume() }
        try thread.start()
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        let (overs, over) = AsyncStream.makeStream(of: Void.self)
        let failure = await withTaskGroup(of: End.self) { group in
            var under = 0
            func begin(_ group: inout TaskGroup<End>, _ body: @escaping @Sendable () async -> End) {
                under += 1
                group.addTask { await body() }
            }
            begin(&group) { .watching(await watch()) }
            begin(&group) { [stage, claim, tell] in
                await stage.run()
                claim.finish()
                tell.finish()
                return .other
            }
            begin(&group) { [files, stage] in
                await files.run { findings in await stage.ask { desk, _ in await desk.take(findings) } ?? .failed }
                return .other
            }
            begin(&group) { [told] in
                for await runs in told { follow(runs) }
                return .other
            }
            begin(&group) { [captures, claimed, writers] in
                await captures.run(claimed)
                writers.finish()
                stop.finish()
                return .other
            }
            begin(&group) { [writers] in
                await writers.run()
                return .other
            }
            begin(&group) { [filing, filed] in
                await filing.run()
                filed.finish()
                return .other
            }
            begin(&group) { [filing] in
                for await _ in stops {}
                filing.finish()
                return .other
            }
            begin(&group) {
                await withDiscardingTaskGroup { group in
                    for other in beside { group.addTask { await other() } }
                    for await _ in overs {}
                    group.cancelAll()
                }
                return .other
            }
            begin(&group) {
                await withTaskGroup { group in
                    group.addTask { await announcer.run() }
                    await bulletin.follow(filings) { announcer.take($0) }
                    announcer.finish()
                }
                return .allFiled
            }
            begin(&group) { [makers] in
                await makers.run()
                return .other
            }
            if let control {
                begin(&group) {
                    do throws(AgentError) { try await control.run() } catch { bulletin.note("\(error)") }
                    return .other
                }
            }
            begin(&group) { .body(await body(Signals(thread.signals))) }
            var failure: AgentError?
            var isEnding = false
            for await end in group {
                if end.isOfStage { under -= 1 }
                switch end {
                case .body(let error), .watching(let error):
                    // Either ends all: the body because it is done, the watcher because nothing can be watched any more.
                    failure = failure ?? error
                    guard !isEnding else { continue }
                    isEnding = true
                    over.finish()
                    thread.stop()
                    files.finish()
                    stage.finish()
                    group.addTask {
                        let isLate = (try? await QuietClock().sleep(for: Agent.timeToStop)) != nil
                        return isLate ? .tooLate : .inTime
                    }
                case .tooLate:
                    group.cancelAll()
                    group.addTask {
                        // Not broken off with the others: it is what ends them.
                        await Pause().wait(Agent.timeToBreakOff)
                        return .stuck
                    }
                case .allFiled: group.cancelAll()
                case .stuck: if under > 0, mode != .request { parts.leave(failure) }
                case .inTime, .other: break
                }
            }
            return failure
        }
        // One request is a moment among others that wait for their turn.
        if mode != .request { await claims.rest() }
        if let failure { throw failure }
    }

    /// Does what can be done for the stores of snapshots while no trial is captured, until the task is cancelled.
    func keepUp() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await background.run() }
            await upkeep.run(current.changes())
            group.cancelAll()
        }
    }

    /// Whether neither watcher nor spool nor the call to a store has been at one thing for longer than `limit`.
    func hasMadeProgress(within limit: Duration) -> Bool {
        !watcher.isStuck(after: limit) && !spool.isStuck(after: limit) && !filing.isStuck(after: limit)
    }

    /// What has the stages follow the configuration and the folders.
    func planner(telling notifier: Notifier) -> Planner {
        Planner(
            parts, current: current,
            stages: Planner.Stages(watcher: watcher, reader: reader, stage: stage, filing: filing), keepingOutOf: own,
            notifier: notifier, wishes: wishes, answering: answering, status: { serviceStatus })
    }

    /// Tells one start of the machine from another; without it no process is taken for one of before.
    private static func boot() -> String { (try? Clock.bootIdentifier()) ?? "unknown at \(Clock.now)" }

    private enum End: Sendable {
        case body(AgentError?)
        case watching(AgentError?)
        case allFiled
        case tooLate
        case inTime
        case stuck
        case other

        /// False for what only measures time.
        var isOfStage: Bool {
            switch self {
            case .body, .watching, .allFiled, .other: true
            case .tooLate, .inTime, .stuck: false
            }
        }
    }

    /// Waits for what will tell more of runs: their processes.
    private func follow(_ runs: [RunRecord]) {
        for run in runs where mode != .request {
            if run.isOpen, run.isFollowed, let process = run.process {
                processes.follow(process, for: run.key)
            } else {
                processes.unfollow(run.key)
            }
        }
    }

    private func watch() async -> AgentError? {
        do throws(AgentError) {
            try await watcher.run()
            return nil
        } catch {
            return error
        }
    }
}
