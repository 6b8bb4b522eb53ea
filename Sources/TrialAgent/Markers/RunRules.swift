import Bytes
import Trials

/// Which run a version of a marker speaks of: versions and what is remembered in, the step out. No I/O.
enum RunRules {
    /// What a version does.
    enum Step: Equatable, Sendable {
        /// It begins a run; open runs of the same marker that nothing keeps alive end with it.
        case opens(RunKey, ending: [RunKey])
        /// It tells more of a run that is open, or that was closed only by default, or by its process before it could tell.
        case continues(RunKey)
        /// It begins the next attempt of a run that is closed.
        case reopens(RunKey)
        /// It cannot be taken: the name that it gives its run is another's.
        case rejects(TakenName)
    }

    /// What is remembered about a marker's place and name when a version of it comes.
    struct Memory: Sendable {
        /// Open runs of this marker, oldest first.
        var open: [RunRecord] = []
        /// The newest closed run of this marker.
        var closed: RunRecord?
        /// The run that the marker names with `run:`, open or closed.
        var named: RunRecord?
        /// True when there is such a closed run, and what was remembered of it is damaged.
        var isClosedLost = false
        /// True when there is such a named run, and what was remembered of it is damaged.
        var isNamedLost = false
        /// True when the process of the named run lives.
        var isNamedAlive = false
        /// The process that the version names, when it is still there, if only because nobody has asked how it ended.
        var process: RunProcess?
        /// True when that is gone.
        var isProcessGone = false
        /// How often SLURM has started anew the job that the version's process belongs to; nil outside of SLURM.
        var restarts: Int?
    }

    /// The step that a version makes.
    static func step(of marker: Marker, _ identity: VersionIdentity, in experiment: Experiment.ID, _ memory: Memory)
        -> Step
    {
        if let name = marker.run {
            return named(name, marker, key(ofRun: name, in: experiment), memory)
        }
        if let run = target(of: marker, among: memory.open.filter { !marker.contradicts($0) }) {
            return .continues(run.key)
        }
        if memory.open.isEmpty, let closed = memory.closed, marker.amends(closed) || isLate(marker, closed, memory) {
            return .continues(closed.key)
        }
        // A process ends its run by itself, whoever has the marker by then.
        let ending = memory.open.filter { $0.process == nil && $0.ended == nil }.map(\.key)
        return .opens(key(of: identity), ending: ending)
    }

    /// The key of a run that its marker names.
    static func key(ofRun name: String, in experiment: Experiment.ID) -> RunKey {
        key("v1\0\(experiment)\0\(name)")
    }

    /// The key of a run that is known only by its first version.
    static func key(of first: VersionIdentity) -> RunKey {
        key("v1\0\(first.hash)")
    }

    private static func key(_ text: String) -> RunKey {
        RunKey(sha256: SHA256.digest(of: text).bytes)
    }

    /// The same process first, then equal parameters, else the newest.
    private static func target(of marker: Marker, among runs: [RunRecord]) -> RunRecord? {
        if let pid = marker.pid, let same = runs.last(where: { $0.facts.pid == pid }) { return same }
        if let given = marker.parameters, !given.isEmpty,
            let same = runs.last(where: { $0.facts.parameters.holdsTheSame(as: given) })
        {
            return same
        }
        return runs.last
    }

    private static func named(_ name: String, _ marker: Marker, _ key: RunKey, _ memory: Memory) -> Step {
        guard let known = memory.named else { return .opens(key, ending: []) }
        let isRestarted = memory.restarts.map { $0 > known.restarts ?? 0 } ?? false
        // An attempt whose process lives is not over, unless its scheduler says that it begins anew.
        let isNextAttempt = isRestarted || marker.isOfAnotherProcess(than: known) && !memory.isNamedAlive
        if isNextAttempt, isRestarted || known.outcome?.state != .succeeded { return .reopens(key) }
        let isMore = known.isOpen || marker.amends(known) || isLate(marker, known, memory)
        if isMore, !marker.contradicts(known) { return .continues(key) }
        return .rejects(TakenName(name: name, key: key, state: known.outcome?.state ?? .running))
    }
}

extension RunRules {
    /// True when the version is a run's last, which somebody wrote for its process after that had ended, and later than was waited
    /// for: a disk may take its time.
    private static func isLate(_ marker: Marker, _ run: RunRecord, _ memory: Memory) -> Bool {
        guard run.isClosedByProcess == true, let pid = marker.pid, pid == run.facts.pid, case .explicit = marker.ending
        else { return false }
        // The number may be another process's by now; one within a container is that of each run in it.
        let isOwn =
            run.process.map { Int($0.number) == pid } ?? false
            || marker.started.map { $0.nanoseconds == run.givenStart?.nanoseconds } ?? false
        let isSame = memory.process.flatMap { run.process?.isSame(as: $0) } ?? (memory.isProcessGone && isOwn)
        return isSame && !marker.contradicts(run) && (marker.parameters ?? [:]).holdsTheSame(as: run.facts.parameters)
    }
}

extension Marker {
    /// True when the version cannot speak of that run: another process, start, seed, or value of a parameter.
    func contradicts(_ run: RunRecord) -> Bool {
        if let pid, let other = run.facts.pid, pid != other { return true }
        if let started, let other = run.givenStart, started.nanoseconds != other.nanoseconds { return true }
        if let seed, let other = run.facts.seed, seed != other { return true }
        return (parameters ?? [:]).contains { field in
            run.facts.parameters[field.name].map { $0 != field.value } ?? false
        }
    }

    /// True when the version names another process than the run's.
    func isOfAnotherProcess(than run: RunRecord) -> Bool { pid != nil && pid != run.facts.pid }

    /// True when the version tells more of a run that was closed only by default.
    ///
    /// Its parameters are the run's, and each series that both have begins as the run's does. It either says how the run
    /// ended; or it holds every series of the run, one of them longer; or it gives metrics to a run that had none.
    func amends(_ run: RunRecord) -> Bool {
        guard run.outcome?.isExplicit == false, !contradicts(run),
            (parameters ?? [:]).holdsTheSame(as: run.facts.parameters)
        else { return false }
        let growth = run.metrics.map { known -> SeriesGrowth in
            guard let points = metrics.first(where: { $0.name == known.name })?.points else { return .absent }
            guard points.count >= known.count, Self.digest(of: points.prefix(known.count)) == known.digest else {
                return .otherwise
            }
            return points.count > known.count ? .longer : .equal
        }
        if growth.contains(.otherwise) { return false }
        if !given.isDisjoint(with: [.result, .state, .finished, .error]) { return true }
        return growth.isEmpty ? !given.isEmpty : !growth.contains(.absent) && growth.contains(.longer)
    }

    /// How a series in a version compares with what is known of it.
    private enum SeriesGrowth {
        case absent, otherwise, equal, longer
    }

    /// Which of the keys that matter for amendments the version has.
    var given: Set<RunRecord.Given> {
        var given: Set<RunRecord.Given> = []
        if result != nil { given.insert(.result) }
        if state != nil { given.insert(.state) }
        if finished != nil { given.insert(.finished) }
        if error != nil { given.insert(.error) }
        if !metrics.isEmpty { given.insert(.metrics) }
        return given
    }

    /// SHA-256 of epochs and values, which tells whether a longer series begins with a known one.
    static func digest(of points: some Sequence<Metric.Point>) -> String {
        var text = ""
        for point in points { text += "\(point.epoch) \(point.value)\n" }
        return SHA256.digest(of: Array(text.utf8)).hex
    }
}

extension Marker.Metric {
    /// The points of a series that is in the marker itself; nil for one in a file.
    var points: [Point]? {
        switch content {
        case .number(let value): [Point(epoch: 0, value: value)]
        case .list(let points): points
        case .file: nil
        }
    }
}
