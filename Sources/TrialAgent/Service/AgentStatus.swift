public import Trials

/// What the agent is doing, as `trialwatch status` shows it.
public struct AgentStatus: Codable, Sendable, Equatable {
    /// How far the agent is.
    public enum Phase: String, Codable, Sendable {
        case starting
        case running
        case stopping
    }

    /// The agent's version.
    public var version: String
    /// Its process.
    public var pid: Int
    /// How far it is.
    public var phase: Phase
    /// When it began.
    public var since: Timestamp
    /// The configuration it reads; nil when there is none and the defaults hold.
    public var configuration: String?
    /// Why the newest configuration does not hold, but the one of before; empty when it does.
    public var configurationProblems: [String] = []
    /// Its state directory.
    public var state: String
    /// What it watches.
    public var projects: [ProjectStatus] = []
    /// Runs that go on.
    public var open: [OpenRunStatus] = []
    /// The stores, by name.
    public var backends: [BackendStatus] = []
    /// Markers that could not be understood, newest last; the newest hundred are kept.
    public var rejected: [RejectedMarker] = []
    /// How many markers were rejected in all.
    public var rejectedCount = 0
    /// What the user should know or do, each as a sentence; the newest hundred are kept.
    public var notices: [String] = []
    /// Marker versions claimed since the start.
    public var claimed = 0
    /// Claims whose capture is not finished yet.
    public var capturing = 0
    /// Project captures made since the start; each may serve many trials.
    public var captures = 0
    /// Bytes that snapshots take, as far as is known.
    public var snapshotBytes = 0
    /// Whether they take as much as they may: then only patches are kept.
    public var isSnapshotRoomUsed = false
    /// What waits because the agent's own disk does not take it, the longest first; it goes on by itself.
    public var waits: [DiskWait] = []
    /// The newest error; nil when there was none.
    public var lastError: String?

    /// An agent that has just begun.
    public init(version: String, pid: Int, since: Timestamp, configuration: String?, state: String) {
        self.version = version
        self.pid = pid
        self.since = since
        self.configuration = configuration
        self.state = state
        phase = .starting
    }

    /// False when something waits for the user: a store out of reach, entries set aside, a project that is not there, a full
    /// disk, no room for snapshots.
    public var isHealthy: Bool {
        phase != .stopping && configurationProblems.isEmpty && waits.isEmpty && !isSnapshotRoomUsed
            && !projects.contains { $0.isMissing || $0.isDoubted }
            && !backends.contains { !$0.isHealthy }
    }
}

/// One watched project.
public struct ProjectStatus: Codable, Sendable, Equatable {
    /// Its folder.
    public var path: String
    /// The experiment that its trials go to.
    public var experiment: Experiment.ID
    /// The name of the backend that they go to.
    public var backend: String
    /// Directories with a watch.
    public var watched: Int
    /// Directories that are only looked at now and then, for want of watches.
    public var polled: Int
    /// True while the folder is not there.
    public var isMissing: Bool
    /// Markers that were there before the first watch, and are no trials.
    public var baseline: Int
    /// True while nobody knows what is new in it: then it waits for `trialwatch adopt`.
    public var isDoubted = false
    /// Versions of markers that git put in place, and that are no trials.
    public var byGit = 0
    /// Versions of markers that were overwritten before they could be read, about.
    public var overwritten = 0

    /// A project.
    public init(
        path: String, experiment: Experiment.ID, backend: String, watched: Int = 0, polled: Int = 0,
        isMissing: Bool = false,
        baseline: Int = 0
    ) {
        self.path = path
        self.experiment = experiment
        self.backend = backend
        self.watched = watched
        self.polled = polled
        self.isMissing = isMissing
        self.baseline = baseline
    }
}

/// One run that goes on.
public struct OpenRunStatus: Codable, Sendable, Equatable {
    /// Its experiment.
    public var experiment: Experiment.ID
    /// Its number; nil until the store has acknowledged it.
    public var number: Int?
    /// Its marker.
    public var marker: String
    /// When its newest version was seen.
    public var lastSeen: Timestamp
    /// The process that is followed for it; nil when there is none.
    public var process: Int?
    /// True when nothing of it can be followed and nothing was heard of it for as long as `stale:` says.
    public var isSilent = false

    /// A run.
    public init(experiment: Experiment.ID, number: Int?, marker: String, lastSeen: Timestamp) {
        self.experiment = experiment
        self.number = number
        self.marker = marker
        self.lastSeen = lastSeen
    }
}

/// One store as the filer sees it.
public struct BackendStatus: Codable, Sendable, Equatable {
    /// The name that the configuration gives it.
    public var name: String
    /// `local`, `redis`, `mongodb`.
    public var kind: String
    /// Entries that wait for it.
    public var waiting: Int
    /// Entries that it refused for good, each until `trialwatch retry`.
    public var setAside: Int
    /// Trials filed since the start.
    public var filed: Int
    /// Since when it cannot be reached; nil while it can.
    public var unreachableSince: Timestamp?
    /// How long what it derives from its records, such as a pickle, has lagged behind them; nil while it is current.
    public var lag: Duration?
    /// What it said last that was no success.
    public var lastError: String?

    /// A store.
    public init(
        name: String, kind: String, waiting: Int = 0, setAside: Int = 0, filed: Int = 0,
        unreachableSince: Timestamp? = nil,
        lastError: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.waiting = waiting
        self.setAside = setAside
        self.filed = filed
        self.unreachableSince = unreachableSince
        self.lastError = lastError
    }

    /// False while it is out of reach or has refused something.
    public var isHealthy: Bool { unreachableSince == nil && setAside == 0 }
}

/// A marker that could not be understood.
public struct RejectedMarker: Codable, Sendable, Hashable {
    /// The marker.
    public var path: String
    /// Where in it, from 1; nil when it is no matter of a place.
    public var line: Int?
    /// See `line`.
    public var column: Int?
    /// What was wrong, and what was expected.
    public var reason: String
    /// When it was seen.
    public var observed: Timestamp
    /// Set when it names a run that another marker has named before.
    public var taken: TakenName?

    /// A rejected marker.
    public init(
        path: String, line: Int?, column: Int?, reason: String, observed: Timestamp, taken: TakenName? = nil
    ) {
        self.path = path
        self.line = line
        self.column = column
        self.reason = reason
        self.observed = observed
        self.taken = taken
    }

    /// The same, with the number of the trial that has its run's name, where that is known.
    func naming(_ numbers: [RunKey: Int]) -> RejectedMarker {
        guard let taken, let number = numbers[taken.key] else { return self }
        var named = self
        named.reason = taken.reason(number: number)
        return named
    }
}
