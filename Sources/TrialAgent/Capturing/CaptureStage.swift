import Logging
import Synchronization
import SystemCalls
import SystemPackage
import Trials

/// Takes what was claimed, captures around it, and spools it. Each project has a lane of its own, so that one that is slow to
/// capture holds up no other; a capture serves all whose markers were read before it began.
struct CaptureStage: Sendable {
    /// Makes the capture that all runs with this subject share.
    let capture: @Sendable (CaptureSubject) async -> MadeCapture
    /// Looks once more at the code and the lockfiles of runs with this subject, which have ended.
    let look: @Sendable (CaptureSubject) async -> SourcesLook
    /// What a claimed run's capture is about.
    let subject: @Sendable (ClaimedRun, CaptureWish) -> CaptureSubject
    /// Who wrote markers that name no process.
    let writers: @Sendable ([WriterSearch.Question]) async -> [InferredWriter]
    /// The marker that a receipt is to be written for; nil for none.
    let receipt: @Sendable (ClaimedRun) -> MarkerPlace?
    let claims: Claims
    let spool: Spool
    let parts: WaitingParts
    let clock: any _Concurrency.Clock<Duration>
    let logger: Logger
    let progress: CaptureProgress
    let waits: DiskWaits
    private let recent = RecentCaptures()

    /// Entries that share one fsync of their directory.
    private static let largestBatch = 256
    /// After a full disk or the like, spooling is tried again after this time.
    private static let retryDelay: Duration = .seconds(1)

    /// Works until the claims end, and finishes what was claimed before that.
    func run(_ claimed: AsyncStream<[ClaimedRun]>) async {
        await withDiscardingTaskGroup { group in
            var lanes: [FilePath: Lane] = [:]
            for await runs in claimed {
                for (project, runs) in Dictionary(grouping: runs, by: \.place.project) {
                    let lane: Lane
                    if let known = lanes[project] {
                        lane = known
                    } else {
                        lane = Lane()
                        lanes[project] = lane
                        let stream = lane.signals
                        group.addTask { await work(lane, stream) }
                    }
                    lane.put(runs)
                }
            }
            for lane in lanes.values { lane.finish() }
        }
    }

    private func work(_ lane: Lane, _ signals: AsyncStream<Void>) async {
        for await _ in signals {
            var runs = lane.takeAll()
            guard !runs.isEmpty else { continue }
            let inferred = await infer(&runs)
            var captures = await captures(for: runs)
            let looks = await looks(for: runs)
            // A capture that was broken off is not whole: its claims stay, and are captured at the next start.
            guard !Task.isCancelled else { return }
            var rest = runs[...]
            var carried: Set<CarriedPart> = []
            while !rest.isEmpty {
                // A claim is settled whole: its runs stand together, and no batch parts them.
                var end = min(rest.startIndex + Self.largestBatch, rest.endIndex)
                while end < rest.endIndex, rest[end].sequence == rest[end - 1].sequence { end += 1 }
                await spool(rest[..<end], &captures, looks, inferred, &carried)
                rest = rest[end...]
            }
            let files = captures.values.flatMap(\.made.files).map(\.file)
            if !files.isEmpty { await spool.removeBegun(files) }
            recent.keep(captures)
            progress.left(runs.count)
        }
    }

    /// Who wrote those markers that name no process; their runs' wishes take over what that tells of code and Python.
    private func infer(_ runs: inout [ClaimedRun]) async -> [RunKey: InferredWriter] {
        let unnamed = runs.indices.filter { runs[$0].wish?.isLate == false && runs[$0].wish?.writing != nil }
        let questions = unnamed.compactMap { place in
            runs[place].wish?.writing.map { WriterSearch.Question(marker: runs[place].place, writing: $0) }
        }
        if questions.isEmpty { return [:] }
        var found: [RunKey: InferredWriter] = [:]
        for (place, writer) in zip(unnamed, await writers(questions)) {
            found[runs[place].filing.key] = writer
            runs[place].wish?.script = writer.script
            runs[place].wish?.processPython = writer.python
            runs[place].wish?.searchPath = writer.searchPath
        }
        return found
    }

    /// One capture for each subject among the runs: the last one where it serves them all, else a new one.
    private func captures(for runs: [ClaimedRun]) async -> [CaptureSubject: SharedCapture] {
        var captures: [CaptureSubject: SharedCapture] = [:]
        // All runs are here before any of these begins, whatever clock their claims were made by.
        var new: Set<CaptureSubject> = []
        for run in runs {
            guard let wish = run.wish else { continue }
            let subject = subject(run, wish)
            if new.contains(subject) { continue }
            if let known = captures[subject] ?? recent[subject], known.serves(wish, in: run.backend) {
                captures[subject] = known
                continue
            }
            let began = Clock.monotonic
            captures[subject] = SharedCapture(await capture(subject).scrubbed(), began: began)
            new.insert(subject)
            progress.captured()
        }
        return captures
    }

    /// One look for each subject among the runs that have ended.
    private func looks(for runs: [ClaimedRun]) async -> [CaptureSubject: SourcesLook] {
        var looks: [CaptureSubject: SourcesLook] = [:]
        for run in runs {
            guard let wish = run.look, !wish.isLate else { continue }
            let subject = subject(run, wish)
            guard looks[subject] == nil else { continue }
            var scrubber = Scrubber()
            looks[subject] = try? scrubber.scrub(throughout: await look(subject))
        }
        return looks
    }

    /// A part of a capture goes with the first entry for its store, and the trials of the others find it there.
    private func spool(
        _ runs: ArraySlice<ClaimedRun>, _ captures: inout [CaptureSubject: SharedCapture],
        _ looks: [CaptureSubject: SourcesLook], _ inferred: [RunKey: InferredWriter], _ carried: inout Set<CarriedPart>
    ) async {
        var entries: [SpoolEntry] = []
        for run in runs {
            var (filing, bytes, files) = (run.filing, [[UInt8]](), [PartReference.Role: FilePath]())
            if !filing.parts.isEmpty { (filing, bytes) = await parts.load(filing) }
            if let look = run.look { filing.look = look.isLate ? .late : looks[subject(run, look)] }
            if let subject = run.wish.map({ subject(run, $0) }), let made = captures[subject]?.made {
                captures[subject]?.goes(to: run.backend)
                filing.capture = made.record
                filing.capture?.isLate = run.wish?.isLate == true
                if let writer = inferred[filing.key] {
                    filing.capture?.writer = writer.process
                    filing.capture?.problems += writer.problems
                }
                for part in made.parts
                where carried.insert(CarriedPart(backend: run.backend, digest: part.reference.digest)).inserted {
                    filing.parts.append(part.reference)
                    bytes.append(part.bytes)
                }
                for file in made.files
                where carried.insert(CarriedPart(backend: run.backend, digest: file.reference.digest)).inserted {
                    filing.parts.append(file.reference)
                    files[file.reference.role] = file.file
                }
            }
            entries.append(
                SpoolEntry(
                    sequence: run.sequence, backend: run.backend, filing: filing, parts: bytes, files: files,
                    receipt: receipt(run)))
        }
        let snapshots = captures.values.compactMap(\.made.record.snapshot)
        guard let project = runs.first?.place.project, await append(entries[...], of: project, keeping: snapshots)
        else { return }
        if waits.passed(.spool(project)) { logger.notice("what was claimed of \(project) is spooled again") }
        do throws(AgentError) {
            try await claims.settle(Array(Set(runs.map(\.sequence))))
            let kept = runs.flatMap(\.filing.parts)
            if !kept.isEmpty { await parts.release(kept) }
        } catch {
            // The entries are durable: after a restart they are spooled again under the same names, which changes nothing.
            logger.warning("\(error)")
        }
    }

    /// Spools entries, however long it takes; false when the task was cancelled before.
    ///
    /// What does not fit as a whole may fit bit by bit, while the store takes one after the other. The lane's `snapshots` are named
    /// by no entry meanwhile, and are kept from gc.
    private func append(
        _ entries: ArraySlice<SpoolEntry>, of project: FilePath, keeping snapshots: [Snapshot]
    ) async -> Bool {
        while true {
            do throws(AgentError) {
                try await spool.append(Array(entries))
                return true
            } catch {
                // Said once, not at each try: the markers and claims stay as they are meanwhile.
                if waits.failed(.spool(project), error) { logger.error("\(error)") }
                await spool.keepYoung(snapshots)
                if error.isFullDisk, entries.count > 1 {
                    let middle = entries.startIndex + entries.count / 2
                    guard await append(entries[..<middle], of: project, keeping: snapshots) else { return false }
                    return await append(entries[middle...], of: project, keeping: snapshots)
                }
                do { try await clock.sleep(for: Self.retryDelay) } catch { return false }
            }
        }
    }
}

/// A part of a capture that an entry has with it.
private struct CarriedPart: Hashable {
    let backend: String
    let digest: String
}

extension SourcesLook {
    /// The agent ended with the run: what changes now is no change while it ran.
    fileprivate static var late: SourcesLook {
        var look = SourcesLook()
        look.problems = ["what changed of its code while it ran is not known: the agent was ended meanwhile"]
        return look
    }
}

/// What waits for one project's next capture.
private final class Lane: Sendable {
    private let runs = Mutex<[ClaimedRun]>([])
    private let continuation: AsyncStream<Void>.Continuation
    let signals: AsyncStream<Void>

    init() {
        (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func put(_ more: [ClaimedRun]) {
        runs.withLock { $0 += more }
        continuation.yield()
    }

    func takeAll() -> [ClaimedRun] {
        runs.withLock { runs in
            defer { runs = [] }
            return runs
        }
    }

    func finish() { continuation.finish() }
}
