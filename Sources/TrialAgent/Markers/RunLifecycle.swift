import Trials

/// How a run's story goes on with a version of its marker: what is remembered and the version in, what is then remembered
/// and what is to be filed out. No I/O.
enum RunLifecycle {
    /// A version together with what the agent knows of it.
    struct Version: Sendable {
        var marker: Marker
        var place: MarkerPlace
        /// When its content came to stand at its place.
        var observed: Timestamp
        var experiment: Experiment.ID
        var backend: String
        /// The marker's owner, and the machine that the agent runs on.
        var user: String?
        var host: String?
        /// The version itself; nil when no file told it.
        var identity: VersionIdentity?
        /// The process that the marker names, if it is one that is followed.
        var process: RunProcess?
        /// True when that process was gone before it could be found.
        var processIsGone = false
        /// What was found of the process: its command line and where it runs.
        var command: [String]?
        var directory: String?
        var facts: ProcessFacts?
        /// How often SLURM has started its job anew.
        var restarts: Int?
        /// What the process had used when the version was read, and, where the version names none, the processes of runs that it
        /// may speak of.
        var usage: UsageFacts?
        var usages: [RunKey: UsageFacts] = [:]
        /// What was found odd besides the marker itself, each as a sentence.
        var problems: [String] = []
    }

    /// What is remembered from now on, and what is to be filed; nothing when the version told nothing new.
    struct Told: Sendable {
        var record: RunRecord
        var filing: Filing?
        /// Set when the run has ended by this, and was captured before.
        var look: CaptureWish?

        init(record: RunRecord, filing: Filing?) {
            self.record = record
            self.filing = filing
        }

        /// A run that goes on, or has ended, and was open before.
        init(_ record: RunRecord, _ filing: Filing) {
            self.init(record: record, filing: filing)
            guard !record.isOpen else { return }
            look = record.capture
            self.record.capture = nil
        }
    }

    /// The first version of a run.
    static func open(_ version: Version, _ key: RunKey) -> Told {
        var facts = TrialFacts()
        facts.observed = version.observed
        facts.marker = version.place.shown
        facts.user = version.user
        facts.host = version.marker.host ?? version.host
        return tell(
            RunRecord(
                key: key, experiment: version.experiment, backend: version.backend, place: version.place,
                revision: Revision(1),
                facts: facts, given: [], metrics: [], outcome: nil, seen: version.observed),
            version, outcome: { outcome(version, $0, whenSilent: .byDefault) })
    }

    /// A further version of a run that is open, or was closed by default.
    static func `continue`(_ run: RunRecord, with version: Version) -> Told {
        var run = run
        let before = run
        // A version that says nothing of an end leaves an open run open: only the first one is over by default.
        let silence: Marker.Ending = run.isOpen ? .none : .byDefault
        if version.marker.ending != .none, run.facts.started == nil, run.isOpen {
            run.facts.started = run.facts.observed
        }
        run.revision = run.revision.next
        if run.isClosedByProcess == true, let ended = run.ended, let outcome = run.outcome {
            // It was the best that was known.
            let problem = RunEnd.process(ended.exit, at: ended.at, outcome.state).problem
            run.facts.problems.removeAll { $0 == problem }
            run.isClosedByProcess = nil
        }
        var told = tell(run, version, outcome: { outcome(version, $0, whenSilent: silence) })
        let isNews =
            told.record.facts != before.facts || told.record.outcome != before.outcome
            || told.filing?.metrics.isEmpty == false
        if !isNews {
            // What else it tells, which files are to be read and which version is the newest, is remembered all the same.
            told.record.revision = before.revision
            told.filing = nil
        }
        return told
    }

    /// The next attempt of a run that is closed.
    static func reopen(_ run: RunRecord, with version: Version) -> Told {
        var next = run
        next.revision = run.revision.next
        next.outcome = nil
        next.given = []
        next.facts.attempt += 1
        next.facts.started = nil
        next.givenStart = nil
        next.facts.observed = version.observed
        next.place = version.place
        next.process = nil
        next.facts.process = nil
        next.facts.usage = nil
        next.capture = nil
        next.ended = nil
        next.isClosedByProcess = nil
        next.asked = ArtifactWishes()
        if run.isOpen {
            let end = run.ended.flatMap { $0.exit.error }.map { ": \($0)" } ?? ""
            next.facts.problems.append("attempt \(run.facts.attempt) ended without a word\(end)")
        }
        return tell(next, version, outcome: { outcome(version, $0, whenSilent: .byDefault) })
    }

    /// An open run without a process whose marker now speaks of another one.
    static func end(_ run: RunRecord, takenOverAt moment: Timestamp) -> Told {
        close(run, .deletion(at: moment), because: "its marker was taken over by a later run at \(moment)")
    }

    /// An open run that something else than its marker ends.
    static func close(_ run: RunRecord, _ end: RunEnd, because problem: String? = nil) -> Told {
        var run = run
        run.revision = run.revision.next
        run.facts.usage = run.ended?.usage ?? run.facts.usage
        if let problem = problem ?? end.problem { run.facts.problems.append(problem) }
        run.outcome = Outcome(
            state: end.state, finished: end.moment, processTime: run.facts.started.map { end.moment.since($0) },
            error: end.error)
        if case .process = end { run.isClosedByProcess = true }
        return Told(run, filing(run, metrics: []))
    }

    /// An open run whose process was seen to end, or whose marker has another name now: nothing to be filed, but to be remembered.
    static func note(_ run: RunRecord, _ change: (inout RunRecord) -> Void) -> Told {
        var run = run
        change(&run)
        return Told(record: run, filing: nil)
    }

    private static func tell(_ run: RunRecord, _ version: Version, outcome: (RunRecord) -> Outcome?) -> Told {
        var run = run
        run.seen = version.observed
        run.version = version.identity
        run.facts.take(version.marker, version.problems)
        run.facts.command = version.marker.command ?? version.command ?? run.facts.command
        run.facts.directory = version.marker.directory ?? version.directory ?? run.facts.directory
        // As it was first: who started it may be gone later.
        run.facts.process = run.facts.process ?? version.facts
        run.restarts = version.restarts ?? run.restarts
        run.givenStart = version.marker.started ?? run.givenStart
        if let process = version.process {
            run.process = process
            run.ended = nil
        } else if version.processIsGone, run.process == nil {
            run.ended = run.ended ?? RunRecord.Ending(exit: .unknown, at: version.observed)
        }
        run.facts.started = run.facts.started ?? version.process?.started
        run.given.formUnion(version.marker.given)
        run.takeFiles(of: version.marker)
        var pieces: [MetricPiece] = []
        for metric in version.marker.metrics {
            if let piece = run.piece(of: metric, recorded: version.observed) { pieces.append(piece) }
        }
        run.outcome = outcome(run)
        if run.outcome != nil {
            // What its parent was told by the kernel is the whole of it.
            run.facts.usage =
                version.marker.usage ?? version.usage ?? version.usages[run.key] ?? run.ended?.usage ?? run.facts.usage
        }
        return Told(run, filing(run, metrics: pieces))
    }

    /// What is to be filed of a run. Its end is told last, when the metrics files that it names have been read to theirs.
    static func filing(_ run: RunRecord, metrics: [MetricPiece]) -> Filing {
        let isWhole = run.files.allSatisfy(\.isFinished)
        return Filing(
            key: run.key, experiment: run.experiment, revision: run.revision, facts: run.facts, metrics: metrics,
            outcome: isWhole ? run.outcome : nil)
    }

    private static func outcome(_ version: Version, _ run: RunRecord, whenSilent silence: Marker.Ending) -> Outcome? {
        let marker = version.marker
        let ending = marker.ending == .byDefault ? silence : marker.ending
        let state: TrialState
        switch ending {
        case .none: return nil
        case .byDefault: state = .succeeded
        case .explicit(let given): state = given
        }
        let finished = marker.finished ?? version.observed
        return Outcome(
            state: state, result: marker.result ?? run.outcome?.result, finished: finished,
            processTime: run.facts.started.map { finished.since($0) },
            error: state == .failed ? marker.error ?? TrialError(type: "Failed", message: "") : nil,
            isExplicit: ending != .byDefault)
    }
}

extension TrialFacts {
    /// Takes over what a version gives; what it does not give stays.
    fileprivate mutating func take(_ marker: Marker, _ found: [String]) {
        for field in marker.parameters ?? [:] { parameters[field.name] = field.value }
        for field in marker.extra { extra[field.name] = field.value }
        for step in marker.persisted {
            if case .value(let value) = step.content { persisted[step.step] = value }
        }
        seed = marker.seed ?? seed
        run = marker.run ?? run
        group = marker.group ?? group
        parent = marker.parent ?? parent
        note = marker.description ?? note
        started = marker.started ?? started
        pid = marker.pid ?? pid
        if !marker.tags.isEmpty { tags = marker.tags }
        for problem in marker.warnings + found where !problems.contains(problem) {
            problems.append(problem)
        }
    }
}

extension RunRecord {
    /// The points of a series that the store does not have yet, at their absolute place; nil when it has them all.
    fileprivate mutating func piece(of metric: Marker.Metric, recorded: Timestamp) -> MetricPiece? {
        guard let points = metric.points else { return nil }
        if let file = files.first(where: { file in file.state.series.contains { $0.name == metric.name } }) {
            let problem =
                "metric \(metric.name) is read from \(file.path): what the marker itself says of it is left out"
            if !facts.problems.contains(problem) { facts.problems.append(problem) }
            return nil
        }
        let index = metrics.firstIndex { $0.name == metric.name }
        var progress =
            index.map { metrics[$0] }
            ?? Progress(name: metric.name, generation: 0, count: 0, digest: Marker.digest(of: []))
        let isLonger =
            points.count >= progress.count && Marker.digest(of: points.prefix(progress.count)) == progress.digest
        if isLonger, points.count == progress.count, index != nil { return nil }
        let offset = isLonger ? progress.count : 0
        if !isLonger { progress.generation += 1 }
        progress.count = points.count
        progress.digest = Marker.digest(of: points)
        if let index { metrics[index] = progress } else { metrics.append(progress) }
        return MetricPiece(
            name: metric.name, generation: progress.generation, offset: offset,
            points: points[offset...].map { MetricPoint(epoch: $0.epoch, value: $0.value, recorded: recorded) })
    }
}
