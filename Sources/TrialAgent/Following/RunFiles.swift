import SystemCalls
import SystemPackage
import Trials

/// Reads the files that open runs name: metrics files as they grow, and once more to the end when the run has ended;
/// everything else in the background. What it finds goes to the run's record, which remembers how far it was read.
///
/// It looks every second while a file grows, more seldom when nothing comes. It reads what is new and no more than 256 KiB
/// at once; the next piece waits until the one before is claimed.
actor RunFiles {
    private let executor = BlockingExecutor("trialwatch.following")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// What became of findings that were handed on.
    enum Delivery: Sendable {
        /// They are durable, and this is how the run is remembered from now on.
        case taken(RunRecord)
        /// They could not be made durable now.
        case failed
        /// Nobody remembers the run any more.
        case unknown
    }

    /// Hands findings on.
    typealias Deliver = @Sendable (RunFindings) async -> Delivery

    private enum Input: Sendable {
        case told([RunRecord])
        case alarm(ContinuousClock.Instant)
        case found(RunFindings)
        /// Somebody waits until all that is there now has been read.
        case rest(AsyncStream<Void>.Continuation)
    }

    private struct Followed {
        var run: RunRecord
        var due: ContinuousClock.Instant
        var pause: Duration
        /// True while what it wishes for is being read.
        var isReading = false
    }

    private let scope: @Sendable (RunRecord) -> NamedFiles.Scope
    private let hashes: ContentHashes
    private let clock = QuietClock()
    private let retryDelay: Duration
    private let inputs: AsyncStream<Input>
    private nonisolated let input: AsyncStream<Input>.Continuation
    private var followed: [RunKey: Followed] = [:]

    private static let shortestPause: Duration = .seconds(1)
    private static let longestPause: Duration = .seconds(5)
    private static let portion = 1 << 18

    /// `scope` says where the files of a run's marker may lie; what could not be taken is offered again after `retryDelay`.
    init(
        hashing hashes: ContentHashes = ContentHashes(), retryingAfter retryDelay: Duration = .seconds(1),
        scope: @escaping @Sendable (RunRecord) -> NamedFiles.Scope
    ) {
        self.hashes = hashes
        self.retryDelay = retryDelay
        self.scope = scope
        (inputs, input) = AsyncStream.makeStream(of: Input.self)
    }

    /// Takes runs in as they are remembered from now on.
    nonisolated func follow(_ runs: [RunRecord]) {
        let named = runs.filter { !$0.files.isEmpty || $0.wishes != nil }
        if !named.isEmpty { input.yield(.told(named)) }
    }

    /// Waits until what the files of all runs hold now is claimed, and all of what ended runs name, or the task is cancelled.
    nonisolated func caughtUp() async {
        let (rest, continuation) = AsyncStream.makeStream(of: Void.self)
        if case .terminated = input.yield(.rest(continuation)) { return }
        for await _ in rest {}
    }

    /// Ends `run`; what was not read is read by the next agent.
    nonisolated func finish() { input.finish() }

    /// Reads until `finish`.
    func run(_ deliver: @escaping Deliver) async {
        await withDiscardingTaskGroup { group in
            var alarms = Alarms()
            var waiting: [AsyncStream<Void>.Continuation] = []
            for await next in inputs {
                switch next {
                case .told(let runs): for run in runs { take(run) }
                case .alarm(let time): alarms.rang(time)
                case .found(let findings):
                    switch await deliver(findings) {
                    case .taken(let run):
                        followed[findings.key]?.isReading = false
                        take(run)
                    case .unknown: followed[findings.key] = nil
                    case .failed:
                        // Kept, and not read once more: it may have taken hours.
                        group.addTask { [input, retryDelay] in
                            if (try? await QuietClock().sleep(for: retryDelay)) != nil { input.yield(.found(findings)) }
                        }
                    }
                case .rest(let continuation):
                    waiting.append(continuation)
                    for key in followed.keys { followed[key]?.due = clock.now }
                }
                await lookAtDue(deliver)
                for (wishes, run) in startReading() {
                    group.addTask { [input, hashes, scope] in
                        var findings = RunFindings(of: run.key)
                        findings.fulfilled = wishes
                        // Cancelled when the agent stops: the next one reads it.
                        guard let found = try? await hashes.findings(of: wishes, in: scope(run)) else { return }
                        findings.artifacts = found
                        input.yield(.found(findings))
                    }
                }
                if let time = alarms.next(for: followed.values.lazy.map(\.due).min(), at: clock.now) {
                    group.addTask { [input, clock] in
                        if (try? await clock.sleep(until: time)) != nil { input.yield(.alarm(time)) }
                    }
                }
                if !followed.values.contains(where: { $0.isReading || !$0.run.isOpen }) {
                    for continuation in waiting { continuation.finish() }
                    waiting = []
                }
            }
            for continuation in waiting { continuation.finish() }
            group.cancelAll()
        }
    }

    private func take(_ run: RunRecord) {
        guard run.isOpen || run.isUnfinished, !run.files.isEmpty || run.wishes != nil else {
            followed[run.key] = nil
            return
        }
        guard var known = followed[run.key] else {
            followed[run.key] = Followed(run: run, due: clock.now, pause: Self.shortestPause)
            return
        }
        // An older state may come late: how far a file was read is known here first.
        guard run.revision >= known.run.revision else { return }
        if !run.isOpen { known.due = clock.now }
        known.run = run
        followed[run.key] = known
    }

    /// What is to be read now in the background, of runs of which nothing is.
    private func startReading() -> [(ArtifactWishes, RunRecord)] {
        var started: [(ArtifactWishes, RunRecord)] = []
        for (key, known) in followed where !known.isReading {
            guard let pending = known.run.wishes else { continue }
            let wishes = known.run.isOpen ? pending.atOnce : pending
            guard !wishes.isEmpty else { continue }
            followed[key]?.isReading = true
            started.append((wishes, known.run))
        }
        return started
    }

    private func lookAtDue(_ deliver: Deliver) async {
        for key in followed.keys {
            guard let known = followed[key], known.due <= clock.now else { continue }
            let hasNews = await read(key, deliver)
            guard var now = followed[key] else { continue }
            now.pause = hasNews ? Self.shortestPause : min(now.pause * 2, Self.longestPause)
            now.due = clock.now + now.pause
            followed[key] = now
        }
    }

    /// Reads what is new in the files of a run; says whether there was something.
    private func read(_ key: RunKey, _ deliver: Deliver) async -> Bool {
        var hasNews = false
        while let run = followed[key]?.run, !Task.isCancelled {
            var findings = RunFindings(of: key)
            var hasMore = false
            for file in run.files where run.isOpen || !file.isFinished {
                let (reading, more) = read(file, of: run)
                hasMore = hasMore || more
                if let reading { findings.readings.append(reading) }
            }
            guard !findings.isEmpty else { return hasNews }
            hasNews = true
            switch await deliver(findings) {
            case .taken(let told): take(told)
            case .failed: return hasNews
            case .unknown:
                followed[key] = nil
                return hasNews
            }
            guard hasMore else { return hasNews }
        }
        return hasNews
    }

    /// Reads one portion of one file; nil when nothing has changed.
    private func read(_ file: FollowedFile, of run: RunRecord) -> (RunFindings.Reading?, hasMore: Bool) {
        var next = file
        var reading = RunFindings.Reading(file: file, pieces: [], problems: [])
        var hasMore = false
        do {
            let opened = try NamedFiles(scope(run)).open(file.path)
            let advance = try next.state.advance(
                opened.descriptor, atMost: Self.portion, isFinal: !run.isOpen, recorded: .now)
            reading.pieces = advance.pieces
            reading.problems = advance.problems.map { "metrics_file: \(file.path): \($0)" }
            hasMore = advance.hasMore
        } catch UnreadFile.absent where run.isOpen {
            return (nil, false)
        } catch {
            let problem = "metrics_file: \(file.path) left out: \(error)"
            if !run.facts.problems.contains(problem) { reading.problems = [problem] }
        }
        if !run.isOpen, !hasMore { next.isFinished = true }
        reading.file = next
        let isNews = next != file || !reading.pieces.isEmpty || !reading.problems.isEmpty
        return (isNews ? reading : nil, hasMore)
    }
}
