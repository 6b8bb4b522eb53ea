internal import Synchronization
public import Trials

/// A store one of whose calls fails: the `nth`, counted from 1 over all calls that reach the store.
///
/// Failing the first call, then the second and so on until a run passes, and looking each time at what is left, finds
/// whatever a caller does not take up again.
public final class FailingBackend: TrialWriter, TrialReader {
    /// When in the call the failure comes.
    public enum Moment: Sendable, CaseIterable {
        /// The store has done nothing.
        case before
        /// The store has done it all, and only its reply is lost.
        case after
    }

    /// The error that the failing call throws.
    public static let failure = StoreError(
        .unavailable, "being tested", "this call", reason: "it was chosen to fail", isTransient: true)

    private let wrapped: any TrialWriter & TrialReader
    private let nth: Int
    private let moment: Moment
    private let calls = Mutex(0)

    /// The store `wrapped`, whose `nth` call fails; 0 for none.
    public init(_ wrapped: any TrialWriter & TrialReader, failingCall nth: Int, _ moment: Moment = .before) {
        self.wrapped = wrapped
        self.nth = nth
        self.moment = moment
    }

    /// Calls that were made, the failing one included.
    public var callCount: Int { calls.withLock { $0 } }

    private func call<Value>(
        _ body: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let isChosen = calls.withLock { calls in
            calls += 1
            return calls == nth
        }
        if isChosen, moment == .before { throw Self.failure }
        let value = try await body()
        if isChosen { throw Self.failure }
        return value
    }

    /// The wrapped store's.
    public var capacity: FilingCapacity { wrapped.capacity }
    /// The wrapped store's answer.
    public var isReadByOtherHosts: Bool { wrapped.isReadByOtherHosts }

    /// Prepares the wrapped store.
    public func prepare() async throws(StoreError) -> Readiness {
        try await call { () throws(StoreError) in try await wrapped.prepare() }
    }

    /// Stores in the wrapped store.
    public func store(_ part: PartReference, from source: PartSource) async throws(StoreError) {
        try await call { () throws(StoreError) in try await wrapped.store(part, from: source) }
    }

    /// Files to the wrapped store.
    public func file(_ filings: [Filing]) async throws(StoreError) -> [Filed] {
        try await call { () throws(StoreError) in try await wrapped.file(filings) }
    }

    /// Asks the wrapped store.
    public func locate(
        _ keys: [RunKey], in experiment: Experiment.ID
    ) async throws(StoreError) -> [RunKey: Filed] {
        try await call { () throws(StoreError) in try await wrapped.locate(keys, in: experiment) }
    }

    /// Restores to the wrapped store.
    public func restore(_ trials: [RestoredTrial]) async throws(StoreError) -> [Filed] {
        try await call { () throws(StoreError) in try await wrapped.restore(trials) }
    }

    /// Deletes from the wrapped store.
    public func delete(_ trials: [TrialReference]) async throws(StoreError) {
        try await call { () throws(StoreError) in try await wrapped.delete(trials) }
    }

    /// Reconciles the wrapped store.
    public func reconcile(_ experiment: Experiment.ID) async throws(StoreError) -> [Notice] {
        try await call { () throws(StoreError) in try await wrapped.reconcile(experiment) }
    }

    /// Synchronizes the wrapped store.
    public func synchronize() async throws(StoreError) {
        try await call { () throws(StoreError) in try await wrapped.synchronize() }
    }

    /// Reads from the wrapped store.
    public func experiments() async throws(StoreError) -> [Experiment] {
        try await call { () throws(StoreError) in try await wrapped.experiments() }
    }

    /// Reads from the wrapped store.
    public func trials(
        _ query: History.Query, after cursor: History.Cursor?, limit: Int
    ) async throws(StoreError) -> History.Page {
        try await call { () throws(StoreError) in try await wrapped.trials(query, after: cursor, limit: limit) }
    }

    /// Reads from the wrapped store.
    public func trial(_ reference: TrialReference) async throws(StoreError) -> StoredTrial? {
        try await call { () throws(StoreError) in try await wrapped.trial(reference) }
    }

    /// Reads from the wrapped store.
    public func series(
        _ name: String, of reference: TrialReference, range: Range<Int>?, atMost most: Int?
    ) async throws(StoreError) -> MetricSeries? {
        try await call { () throws(StoreError) in
            try await wrapped.series(name, of: reference, range: range, atMost: most)
        }
    }

    /// Reads from the wrapped store.
    public func part(_ part: PartReference, of reference: TrialReference) async throws(StoreError) -> [UInt8]? {
        try await call { () throws(StoreError) in try await wrapped.part(part, of: reference) }
    }

    /// Reads from the wrapped store.
    public func text(
        _ category: EnvironmentCategory, of reference: TrialReference
    ) async throws(StoreError) -> String? {
        try await call { () throws(StoreError) in try await wrapped.text(category, of: reference) }
    }

    /// Reads from the wrapped store.
    public func deletions(in experiment: Experiment.ID) async throws(StoreError) -> [DeletedRun] {
        try await call { () throws(StoreError) in try await wrapped.deletions(in: experiment) }
    }

    /// Reads from the wrapped store.
    public func changes(after cursor: ChangeCursor?, limit: Int) async throws(StoreError) -> ChangePage {
        try await call { () throws(StoreError) in try await wrapped.changes(after: cursor, limit: limit) }
    }
}
