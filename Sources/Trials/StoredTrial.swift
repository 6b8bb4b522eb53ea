/// A trial as a store holds it.
public struct StoredTrial: Hashable, Sendable, Codable {
    /// Its address.
    public var reference: TrialReference
    /// The run that it is; nil when Python wrote it.
    public var key: RunKey?
    /// How much of the run's story is told.
    public var revision: Revision
    /// What the run says of itself.
    public var facts: TrialFacts
    /// What was found around it; nil when Python wrote it, or nothing was.
    public var capture: TrialCapture?
    /// Its series in brief, in order of first appearance.
    public var metrics: [MetricSummary]
    /// Its large pieces.
    public var parts: [PartReference]
    /// Nil while it runs.
    public var outcome: Outcome?
    /// When it was first filed.
    public var filed: Timestamp?
    /// What the store itself found worth telling of it, in order of first appearance.
    public var notices: [Notice]

    /// A trial of a store.
    public init(
        reference: TrialReference, key: RunKey?, revision: Revision, facts: TrialFacts,
        capture: TrialCapture? = nil, metrics: [MetricSummary] = [], parts: [PartReference] = [],
        outcome: Outcome? = nil, filed: Timestamp? = nil, notices: [Notice] = []
    ) {
        self.reference = reference
        self.key = key
        self.revision = revision
        self.facts = facts
        self.capture = capture
        self.metrics = metrics
        self.parts = parts
        self.outcome = outcome
        self.filed = filed
        self.notices = notices
    }

    /// How far it is.
    public var state: TrialState { outcome?.state ?? .running }

    /// All that was dropped, cut, refused or found odd.
    public var problems: [String] {
        facts.problems + (capture?.problems ?? []) + notices.map(\.text)
    }
}
