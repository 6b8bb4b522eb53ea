import Git
import Logging
import Synchronization
import SystemCalls
import SystemPackage
import Trials

/// What is done for the stores of snapshots while no trial is captured: the first snapshot of a project, which takes the longest,
/// before the first trial needs it; and one pack of many.
///
/// It works in a capture worker of its own, behind everything else, one thing after the other. When a trial is to be captured,
/// whatever project it is of, that worker is killed, as a store has one capture at a time and two projects may share one: the
/// trial's own capture does what is left, and takes as long as if nothing had been begun. What was half done is thrown away.
/// Packing gives way, too; but when very many captures have left it no time, it goes on beside them, for it locks the store only
/// while it removes files.
actor SnapshotUpkeep {
    /// What it needs.
    struct Parts: Sendable {
        /// Has capturers run behind everything else; when the task is cancelled, they are killed.
        let ask: @Sendable ([String], CaptureSubject) async -> [CapturerAnswer]
        /// The folders of the projects that there are.
        let projects: @Sendable () -> [FilePath]
        /// What the capture of a project's files is about.
        let subject: @Sendable (FilePath) -> CaptureSubject
        /// The folder that the stores are in.
        let folder: FilePath
        let room: SnapshotRoom
        let activity: CaptureActivity
        /// Tells the user.
        let note: @Sendable (String) -> Void
        let logger: Logger
        let clock: any _Concurrency.Clock<Duration>
    }

    private let executor = BlockingExecutor("trialwatch.upkeep")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Captures often come close upon one another: this is to be over before anything is begun.
    static let pause: Duration = .seconds(1)
    /// When nothing was captured for so long, the agent has nothing to do.
    static let idle: Duration = .seconds(300)
    /// A first snapshot that captures have broken off so often is left to the project's first trial.
    private static let tries = 3

    /// Where the disk has less room, that is left to the trials.
    private static let leastFree: Int64 = 1 << 30
    private static let leastFiles: Int64 = 1000

    /// How long it has been quiet.
    private enum Quiet: Int, Comparable {
        case no, pause, idle
        static func < (one: Quiet, other: Quiet) -> Bool { one.rawValue < other.rawValue }
    }

    private let parts: Parts
    private var known: Set<FilePath> = []
    /// Projects that may have no snapshot yet, and how often each was begun with.
    private var waiting: [(project: FilePath, tries: Int)] = []
    private var quiet = (since: CaptureActivity.Moment(), Quiet.no)
    private var sleeping: Set<Quiet> = []
    private var isAtWork = false
    /// Whether there may be something to pack.
    private var isUnpacked = true
    private var packed = 0
    private let atWork = Mutex<String?>(nil)
    /// What it is at, for `status`, which is not to wait for a project's file server as this may.
    nonisolated var work: String? { atWork.withLock { $0 } }

    init(_ parts: Parts) { self.parts = parts }

    /// Counts what the snapshots take.
    func count() { parts.room.count() }

    /// Works until the task is cancelled; `changes` tell that there may be other projects.
    func run(_ changes: AsyncStream<Void>) async {
        await withDiscardingTaskGroup { group in
            group.addTask { [activity = parts.activity] in for await _ in changes { activity.wake() } }
            parts.activity.wake()
            for await _ in parts.activity.signals { look(&group) }
            group.cancelAll()
        }
    }

    private func look(_ group: inout DiscardingTaskGroup) {
        guard !isAtWork else { return }
        let moment = parts.activity.moment
        for project in parts.projects() where known.insert(project).inserted { waiting.append((project, 0)) }
        if quiet.since != moment { quiet = (moment, .no) }
        if moment.begun > packed { isUnpacked = true }
        // A store that grows by a pack with every trial would cost each trial more than the one before.
        if moment.begun - packed >= CaptureActivity.toldOf, pack(&group, moment, yielding: false) { return }
        // A timer that goes off anyway tells as well.
        defer { if sleeping.isEmpty || !waiting.isEmpty { parts.activity.awaitEnd(since: moment) } }
        guard moment.under == 0 else { return }
        if !waiting.isEmpty {
            guard quiet.1 >= .pause else { return sleep(for: .pause, &group) }
            if begin(&group) { return }
        }
        guard isUnpacked else { return }
        guard quiet.1 >= .idle else { return sleep(for: .idle, &group) }
        _ = pack(&group, moment, yielding: true)
    }

    /// Looks again when it has been quiet for so long; one timer of each kind is enough, which is set anew when it was not quiet.
    private func sleep(for span: Quiet, _ group: inout DiscardingTaskGroup) {
        guard sleeping.insert(span).inserted else { return }
        let since = quiet.since
        group.addTask { [clock = parts.clock] in
            try? await clock.sleep(for: span == .pause ? Self.pause : Self.idle)
            await self.woke(span, since)
        }
    }

    private func woke(_ span: Quiet, _ since: CaptureActivity.Moment) {
        sleeping.remove(span)
        if parts.activity.moment == since { quiet = (since, max(quiet.since == since ? quiet.1 : .no, span)) }
        parts.activity.wake()
    }

    /// Begins work that ends when it is over, or when a capture begins to which it gives way.
    private func begin(
        _ what: String, yielding: Bool, _ group: inout DiscardingTaskGroup,
        _ body: @escaping @Sendable () async -> [CapturerAnswer],
        _ end: @escaping @Sendable (isolated SnapshotUpkeep, CapturerAnswer?) -> Void
    ) {
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        if yielding, !parts.activity.giveWay(stop) { return parts.activity.wake() }
        isAtWork = true
        atWork.withLock { $0 = what }
        group.addTask {
            let answers = await withTaskGroup(of: [CapturerAnswer]?.self) { inner in
                inner.addTask {
                    defer { stop.finish() }
                    let answers = await body()
                    return Task.isCancelled ? nil : answers
                }
                for await _ in stops {}
                inner.cancelAll()
                return await inner.next() ?? nil
            }
            await self.ended(answers?.first, end)
        }
    }

    private func ended(
        _ answer: CapturerAnswer?, _ end: @Sendable (isolated SnapshotUpkeep, CapturerAnswer?) -> Void
    ) {
        isAtWork = false
        atWork.withLock { $0 = nil }
        end(self, answer)
        parts.activity.wake()
    }

    // MARK: First snapshots

    /// Begins the first snapshot of the next project; false when there is none.
    ///
    /// Whether it has one only the worker looks: a project may be on a server that never answers.
    private func begin(_ group: inout DiscardingTaskGroup) -> Bool {
        let there = Set(parts.projects())
        known.formIntersection(there)
        waiting.removeAll { !there.contains($0.project) }
        guard parts.room.refusal == nil, hasDisk, let (project, _) = waiting.first else { return false }
        var subject = parts.subject(project)
        subject.snapshot?.isFirstOnly = true
        begin(
            "making the first snapshot of \(project.shown)", yielding: true, &group,
            { [ask = parts.ask, subject] in await ask([GitCapturer.name], subject) }
        ) { upkeep, answer in upkeep.made(project, answer) }
        return true
    }

    /// Whether there is room on the disk that trials do not need.
    private var hasDisk: Bool {
        guard let volume = try? Volume(of: parts.folder.removingLastComponent()) else { return false }
        return volume.availableBytes >= Self.leastFree && volume.availableFiles.map { $0 >= Self.leastFiles } ?? true
    }

    private func made(_ project: FilePath, _ answer: CapturerAnswer?) {
        guard let place = waiting.firstIndex(where: { $0.project == project }) else { return }
        guard let answer else {
            waiting[place].tries += 1
            if waiting[place].tries >= Self.tries { waiting.remove(at: place) }
            return
        }
        waiting.remove(at: place)
        parts.room.add(answer.part.snapshot?.written ?? 0)
        if let facts = answer.part.snapshot?.facts {
            let files = facts.files == 1 ? "1 file" : "\(facts.files) files"
            parts.logger.notice("\(project.shown): a first snapshot with \(files) is made, upon which trials build")
        } else if let problem = answer.part.problems.first {
            parts.note("\(project.shown): no snapshot was made before its first trial: \(problem)")
        }
    }

    // MARK: Packing

    /// Begins to pack, if there is something to pack.
    private func pack(
        _ group: inout DiscardingTaskGroup, _ moment: CaptureActivity.Moment, yielding: Bool
    ) -> Bool {
        let stores = (try? SnapshotStores.all(in: parts.folder)) ?? []
        guard stores.contains(where: SnapshotStores.needsPacking) else {
            isPacked(moment)
            return false
        }
        guard hasDisk else { return false }
        begin(
            "packing snapshots", yielding: yielding, &group,
            { [ask = parts.ask, subject = parts.subject(parts.folder)] in await ask([SnapshotPacker.name], subject) }
        ) { upkeep, answer in
            // What was broken off is begun again when nothing goes on.
            guard let answer else { return }
            let before = upkeep.parts.room.bytes
            upkeep.isPacked(moment)
            for problem in answer.part.problems { upkeep.parts.note(problem) }
            let after = upkeep.parts.room.bytes
            upkeep.parts.logger.info(
                "snapshots are packed: they take \(SnapshotRoom.shown(after)), and took \(SnapshotRoom.shown(before))")
        }
        return true
    }

    private func isPacked(_ moment: CaptureActivity.Moment) {
        isUnpacked = false
        packed = moment.begun
        // Others may have removed some, too.
        count()
    }
}
