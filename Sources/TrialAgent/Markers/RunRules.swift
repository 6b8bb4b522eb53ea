import Bytes
import Trials

/// Which run a version of a marker speaks of: versions and what is remembered in, the step out. No I/O.
enum RunRules {
    /// What a version does.
    enum Step: Equatable, Sendable {
        /// It begins a run; open runs of the same marker that nothing keeps alive end with it.
        case opens(RunKey, ending: [RunKey])
        /// It tells more of a run that is open, or that was closed only by default.
        case continues(RunKey)
        /// It begins the next attempt of a run that is closed.
        case reopens(RunKey)
        /// It cannot be taken, and why.
        case rejects(String)
    }

    /// What is remembered about a marker's place and name when a version of it comes.
    struct Memory: Sendable {
        /// Open runs of this marker, oldest first.
        var open: [RunRecord] = []
        /// The newest closed run of this marker.
        var closed: RunRecord?
        /// The run that the marker names with `run:`, open or closed.
        var named: RunRecord?
        /// Open runs whose process lives.
        var alive: Set<RunKey> = []
    }

    /// The step that a version makes.
    static func step(of marker: Marker, _ identity: VersionIdentity, in experiment: Experiment.ID, _ memory: Memory)
        -> Step
    {
        if let name = marker.run {
            return named(name, marker, key(ofRun: name, in: experiment), memory.named)
        }
        if let run = target(of: marker, among: memory.open.filter { !marker.contradicts($0) }) {
            return .continues(run.key)
        }
        if memory.open.isEmpty, let closed = memory.closed, marker.amends(closed) {
            return .continues(closed.key)
        }
        let ending = memory.open.map(\.key).filter { !memory.alive.contains($0) }
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

    private static func named(_ name: String, _ marker: Marker, _ key: RunKey, _ known: RunRecord?) -> Step {
        guard let known else { return .opens(key, ending: []) }
        if known.isOpen {
            return marker.contradicts(known)
                ? .rejects("run key '\(name)' names a run that is still open, with another process or other parameters")
                : .continues(key)
        }
        if !marker.contradicts(known), marker.amends(known) { return .continues(key) }
        let isNewProcess = marker.pid != nil && marker.pid != known.facts.pid
        if isNewProcess, known.outcome?.state != .succeeded { return .reopens(key) }
        return .rejects(
            "run key '\(name)' already names a run that ended: \(known.outcome?.state.rawValue ?? "unknown"); "
                + "give this run another name")
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

    /// True when the version tells more of a run that was closed only by default.
    ///
    /// Its parameters are the run's, and it either holds every series of the run, each beginning with what is known and one
    /// of them longer, or adds an end, a result or metrics where the run had none of these.
    func amends(_ run: RunRecord) -> Bool {
        guard run.outcome?.isExplicit == false, !contradicts(run),
            (parameters ?? [:]).holdsTheSame(as: run.facts.parameters)
        else { return false }
        if run.given.isEmpty { return !given.isEmpty }
        let longer = run.metrics.map { known -> Bool? in
            guard let points = metrics.first(where: { $0.name == known.name })?.points, points.count >= known.count,
                Self.digest(of: points.prefix(known.count)) == known.digest
            else { return nil }
            return points.count > known.count
        }
        return !longer.isEmpty && !longer.contains(nil) && longer.contains(true)
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
