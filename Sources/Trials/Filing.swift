/// What is to become true of one run. Positions are absolute: filing it again, whole or in part, by any agent, changes nothing more.
public struct Filing: Hashable, Sendable, Codable {
    /// Names the run in every store.
    public var key: RunKey
    /// The experiment that the run is a trial of.
    public var experiment: Experiment.ID
    /// How much of the run's story this tells.
    public var revision: Revision
    /// What the run says of itself: complete.
    public var facts: TrialFacts
    /// What was found around it; nil leaves what the store holds, so that an update need not repeat it.
    public var capture: TrialCapture?
    /// Metrics that are new, at their absolute places.
    public var metrics: [MetricPiece]
    /// Large pieces, each already stored by `TrialWriter.store`.
    public var parts: [PartReference]
    /// What became of its code by its end: the store says what differs from the capture.
    public var look: SourcesLook?
    /// Nil while the run goes on; set, the history record is written, last.
    public var outcome: Outcome?

    /// A filing of the run `key`.
    public init(
        key: RunKey, experiment: Experiment.ID, revision: Revision, facts: TrialFacts, capture: TrialCapture? = nil,
        metrics: [MetricPiece] = [], parts: [PartReference] = [], look: SourcesLook? = nil, outcome: Outcome? = nil
    ) {
        self.look = look
        self.key = key
        self.experiment = experiment
        self.revision = revision
        self.facts = facts
        self.capture = capture
        self.metrics = metrics
        self.parts = parts
        self.outcome = outcome
    }
}

/// What a store answers to one filing.
public enum Filed: Hashable, Sendable {
    /// The trial, and the revision that the store now holds, which may be higher than the one filed.
    case done(TrialReference, Revision, [Notice])
    /// The trial was deleted on purpose and is not brought back.
    case deleted(TrialReference)
    /// The store will not take it; `isTransient` of the error says whether it may later.
    case refused(StoreError)
    /// The store did not come to it; file it again.
    case notReached
}

/// Something that a store found worth telling about a trial, as a sentence for the user: the store keeps it on the trial, and
/// answers with it.
public struct Notice: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The sentence.
    public let text: String

    /// A notice.
    public init(_ text: String) { self.text = text }

    /// The text alone.
    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    /// The text alone.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The sentence.
    public var description: String { text }
}

/// How much a store takes in one call.
public struct FilingCapacity: Hashable, Sendable {
    /// Trials a batch.
    public var trials: Int
    /// Bytes a batch, as the spool counts them.
    public var bytes: Int

    /// At most `trials` trials of `bytes` bytes in all.
    public init(trials: Int, bytes: Int) {
        self.trials = trials
        self.bytes = bytes
    }
}

/// A store that can be filed to, with what its owner should know.
public struct Readiness: Hashable, Sendable {
    /// Weaknesses and repairs, each with its remedy.
    public var notices: [Notice]
    /// Which start of which server this is: another may lack the last of what this one acknowledged. Nil for a store that
    /// keeps whatever it acknowledged.
    public var incarnation: String?

    /// Ready, with these notices.
    public init(notices: [Notice] = [], incarnation: String? = nil) {
        self.notices = notices
        self.incarnation = incarnation
    }
}
