/// A trial as a store holds it.
public struct StoredTrial: Hashable, Sendable, Codable {
    /// Its address.
    public var reference: TrialReference
    /// The run that it is; nil when Python wrote it.
    public var key: RunKey?
    /// How much of the run's story is told.
    public var revision: Revision
    /// All that is known besides metrics and end.
    public var facts: TrialFacts
    /// Its series in brief, in order of first appearance.
    public var metrics: [MetricSummary]
    /// Its large pieces.
    public var parts: [PartReference]
    /// Nil while it runs.
    public var outcome: Outcome?
    /// When it was first filed.
    public var filed: Timestamp?

    /// A trial of a store.
    public init(
        reference: TrialReference, key: RunKey?, revision: Revision, facts: TrialFacts,
        metrics: [MetricSummary] = [], parts: [PartReference] = [], outcome: Outcome? = nil, filed: Timestamp? = nil
    ) {
        self.reference = reference
        self.key = key
        self.revision = revision
        self.facts = facts
        self.metrics = metrics
        self.parts = parts
        self.outcome = outcome
        self.filed = filed
    }

    /// How far it is.
    public var state: TrialState { outcome?.state ?? .running }
}
