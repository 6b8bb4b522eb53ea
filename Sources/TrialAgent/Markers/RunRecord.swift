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

    var isOpen: Bool { outcome == nil }
}
