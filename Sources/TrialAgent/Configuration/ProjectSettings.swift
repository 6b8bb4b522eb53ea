public import SystemPackage
public import Trials
public import YAML

/// One entry under `projects:`: which folders it means, and how their runs are recorded.
public struct ProjectSettings: Sendable, Equatable {
    /// Which folders.
    public var path: ProjectPath
    /// The experiment; nil for one named like the folder.
    public var experiment: Experiment.ID?
    /// Which files are markers.
    public var markers = MarkerPatterns.standard
    /// What is not watched and not taken into snapshots.
    public var ignore = IgnoreRules()
    /// The scripts that make the code context; empty to find them.
    public var code: [PathPattern] = []
    /// The interpreter or environment directory, relative to the project or absolute; nil to find it.
    public var python: FilePath?
    /// How much of the working tree is kept.
    public var snapshot = SnapshotLimits()
    /// The store; nil for the configuration's own.
    public var backend: BackendChoice?
    /// Whether `<marker>.trial.json` is written when a trial is filed.
    public var receipts = false
    /// Whether markers that were there before the first watch are filed, too.
    public var backfill = false
    /// Whose files are taken for runs without a marker.
    public var recognise: [RecognisedTool] = []
    /// Whether the project's interpreter may be run to look at its packages.
    public var runInterpreter = false
    /// Which environment variables of a run's process are recorded.
    public var environmentVariables: [GlobPattern] = []
    /// Folders outside the project whose files a marker may name.
    public var allowPaths: [FilePath] = []
    /// Whose markers count besides the agent's user's and root's.
    public var owners: [Owner] = []
    /// How long a last version of the marker is waited for after the run's process has ended.
    public var grace = Duration.seconds(2)
    /// How long a recognised run may be quiet before it counts as ended.
    public var idle = Duration.seconds(600)
    /// How long a run with nothing to follow may be silent before that is shown.
    public var stale = Duration.seconds(86_400)
    /// Whether a run that was silent for so long is closed as lost.
    public var staleClose = false
    /// How a run is closed whose process ended with an exit status that nobody could see.
    public var unknownExit = UnknownExit.failed
    /// How often a tree is looked at whose file system raises no events.
    public var pollInterval = Duration.seconds(5)
    /// Where the entry is written.
    public var origin: ConfigurationOrigin

    /// An entry with the defaults.
    public init(path: ProjectPath, origin: ConfigurationOrigin) {
        self.path = path
        self.origin = origin
    }
}

/// How much of a working tree is kept with a trial.
public struct SnapshotLimits: Sendable, Hashable {
    /// The largest file that is kept.
    public var maxFile = ByteCount.megabytes(10)
    /// The most bytes of one tree.
    public var maxTotal = ByteCount.megabytes(500)
    /// How much of it a backend may hold for team mates.
    public var share = ByteCount.megabytes(50)
    /// The largest patch.
    public var patch = ByteCount.megabytes(10)
    /// Whether a backend holds for team mates the commits that no remote has, too.
    public var bundle = false

    /// The defaults.
    public init() {}
}

/// A tool whose own files tell of a run.
public enum RecognisedTool: String, Sendable, CaseIterable {
    case hydra, lightning, tensorboard
}

/// How a run is closed whose exit status is unknown.
public enum UnknownExit: String, Sendable, CaseIterable {
    case failed, succeeded, aborted, lost

    /// The trial's state then.
    public var state: TrialState {
        switch self {
        case .failed: .failed
        case .succeeded: .succeeded
        case .aborted: .aborted
        case .lost: .lost
        }
    }
}

/// A user, by name or number.
public enum Owner: Sendable, Hashable {
    case name(String)
    case identifier(UInt32)
}
