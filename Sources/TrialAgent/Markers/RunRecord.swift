import Trials

/// What is remembered of a run between two versions of its marker.
struct RunRecord: Hashable, Sendable, Codable {
    /// A key whose presence matters for what a later version may add.
    enum Given: String, Hashable, Sendable, Codable {
        case result
        case state
        case finished
        case error
        case metrics
    }

    /// The series as they were filed.
    struct Progress: Hashable, Sendable, Codable {
        var name: String
        var generation: Int
        var count: Int
        /// SHA-256 of the epochs and values of all `count` points.
        var digest: String
    }

    /// How its process ended, and when that was noticed.
    struct Ending: Hashable, Sendable, Codable {
        var exit: RunExit
        var at: Timestamp
        /// What it had used.
        var usage: UsageFacts?
    }

    var key: RunKey
    var experiment: Experiment.ID
    /// The name of the backend that it is filed to.
    var backend: String
    var place: MarkerPlace
    var revision: Revision
    var facts: TrialFacts
    var given: Set<Given>
    /// The start that a marker gave; the facts may hold one that was found otherwise.
    var givenStart: Timestamp?
    var metrics: [Progress]
    /// Nil while it is open.
    var outcome: Outcome?
    /// When its newest version was seen.
    var seen: Timestamp
    /// The newest version of its marker; nil when the run was told of without a file.
    var version: VersionIdentity?
    /// The process that is followed for it; nil when there is none here.
    var process: RunProcess?
    /// Set when that process has ended.
    var ended: Ending?
    /// True when that closed the run, and no version of its marker did.
    var isClosedByProcess: Bool?
    /// How often SLURM has started its job anew; nil outside of SLURM.
    var restarts: Int?
    /// How it was captured; nil when it was over at once, so that nothing can have changed while it ran.
    var capture: CaptureWish?
    /// True while git has put its marker away (stash, another branch).
    var isTakenByGit: Bool?
    /// The metrics files that it names.
    var files: [FollowedFile] = []
    /// What its marker has named of other files, and what of that is still to be read; nil when nothing is.
    var asked = ArtifactWishes()
    var wishes: ArtifactWishes?

    var isOpen: Bool { outcome == nil }
    /// When it was first told of.
    var began: Timestamp { facts.observed ?? seen }
    /// True when its process is one that can be followed and has not ended.
    var isFollowed: Bool { process != nil && ended == nil }
    /// True when something that its marker names is still to be read.
    var isUnfinished: Bool { wishes != nil || files.contains { !$0.isFinished } }
}
