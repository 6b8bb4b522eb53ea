public import SystemPackage
public import YAML

/// The whole of `agent.yaml` and the files in `conf.d/`, checked, with defaults where nothing was written.
public struct Configuration: Sendable, Equatable {
    /// The files that were read, `agent.yaml` first; empty when there is none and the defaults hold.
    public internal(set) var files: [FilePath] = []
    /// The stores under `backends:`, in the order written.
    public internal(set) var backends: [BackendChoice] = []
    /// The store of every project that names no other.
    public internal(set) var backend: BackendChoice
    /// The entries under `projects:`, those of `conf.d/` behind.
    public internal(set) var projects: [ProjectSettings] = []
    /// How long a marker stays alone before it counts.
    public internal(set) var settle = Duration.milliseconds(500)
    /// How often the projects are looked through, whatever events came.
    public internal(set) var rescan = Duration.seconds(300)
    /// Where claims, spool, ledger, baseline and snapshots are kept.
    public internal(set) var state: FilePath
    /// How much snapshots may take.
    public internal(set) var store = StoreLimits()
    /// Whom to tell of an end.
    public internal(set) var notify = Notification()
    /// What is logged.
    public internal(set) var log = LogSettings()
    /// Where metrics for Prometheus's node exporter are written; nil for nowhere.
    public internal(set) var metricsFile: FilePath?
    /// Whether the agent may run as root.
    public internal(set) var allowRoot = false
    /// The keys that are set to something this version does not do yet: where, and what holds instead.
    public internal(set) var notYetImplemented: [YAMLProblem] = []

    /// What holds without any file: local files, and no projects.
    public init(_ surroundings: Surroundings) {
        state = surroundings.stateHome.appending("trialwatch")
        backend = .standard(
            ConfigurationOrigin(file: "", position: .start, keyPath: "backend"), base: surroundings.home)
    }
}

/// How much the snapshots of all projects may take.
public struct StoreLimits: Sendable, Hashable {
    /// The most bytes; then snapshots shrink to the patch.
    public var maxSize = ByteCount.gigabytes(20)
    /// The share of it from which on the user is told.
    public var warnAt = 0.8

    /// The defaults.
    public init() {}
}

/// Who is told that a trial ended.
public struct Notification: Sendable, Equatable {
    /// A state that is told of.
    public enum Occasion: String, Sendable, CaseIterable {
        case succeeded, failed, aborted, lost
    }

    /// Which ends are told of.
    public var on: [Occasion] = [.failed]
    /// A program and its arguments; empty for none.
    public var command: [String] = []
    /// An address that gets a POST; nil for none.
    public var webhook: ConcealedText?
    /// The program that posts.
    public static let poster = "curl"

    /// The defaults: nobody is told.
    public init() {}
}

/// What the agent logs.
public struct LogSettings: Sendable, Hashable {
    /// The least important messages that are written; swift-log's levels.
    public enum Level: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// How a message is written.
    public enum Format: String, Sendable, CaseIterable {
        case text, json
    }

    /// The least important messages that are written.
    public var level = Level.info
    /// How a message is written.
    public var format = Format.text

    /// The defaults.
    public init() {}
}
