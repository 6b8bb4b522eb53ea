/// The side of a store that trials are read from.
public protocol TrialReader: Sendable {
    /// Every experiment of the store, by id; those that only Python wrote, too.
    func experiments() async throws(StoreError) -> [Experiment]

    /// A page of at most `limit` trials; the whole history never has to fit in memory.
    ///
    /// Throws `notFound` when there is no such experiment.
    func trials(_ query: History.Query, after cursor: History.Cursor?, limit: Int) async throws(StoreError)
        -> History.Page

    /// One trial, whole but for the points of its series; nil when it does not exist or was deleted.
    func trial(_ reference: TrialReference) async throws(StoreError) -> StoredTrial?

    /// Points of a series by place in it, thinned to `most` when given, extremes kept; nil when the trial has no such metric.
    func series(
        _ name: String, of reference: TrialReference, range: Range<Int>?, atMost most: Int?
    ) async throws(StoreError) -> MetricSeries?

    /// The bytes of a part; nil when the store does not hold it.
    func part(_ part: PartReference, of reference: TrialReference) async throws(StoreError) -> [UInt8]?

    /// One environment text as daskperiment gives it out; nil when it was not captured.
    func text(_ category: EnvironmentCategory, of reference: TrialReference) async throws(StoreError) -> String?

    /// Runs of ours that were deleted, by number: their keys and numbers are not used again.
    func deletions(in experiment: Experiment.ID) async throws(StoreError) -> [DeletedRun]

    /// Trials that changed since a cursor was given out, oldest change first; nil begins at the first change kept.
    ///
    /// A change may be told some seconds after it was made.
    func changes(after cursor: ChangeCursor?, limit: Int) async throws(StoreError) -> ChangePage
}

/// What stays of a run that was deleted.
public struct DeletedRun: Hashable, Sendable {
    /// The number that its trial had.
    public var number: Int
    /// Names the run.
    public var key: RunKey

    /// The run `key`, once trial `number`.
    public init(number: Int, key: RunKey) {
        self.number = number
        self.key = key
    }
}

/// A place in the order of a store's changes, which only that store understands.
public struct ChangeCursor: Hashable, Sendable, Codable {
    /// The store's own text.
    public var text: String

    /// A place.
    public init(_ text: String) { self.text = text }
}

/// Trials that changed.
public struct ChangePage: Hashable, Sendable {
    /// Each changed trial once, oldest change first.
    public var references: [TrialReference]
    /// Where the next page begins.
    public var next: ChangeCursor

    /// These trials, and where to go on.
    public init(references: [TrialReference], next: ChangeCursor) {
        self.references = references
        self.next = next
    }
}
