import Synchronization
import Trials

/// A store of trials at hand, some of which cannot be read, or go while they are.
final class ScriptedReader: TrialReader {
    struct Content: Sendable {
        var trials: [StoredTrial] = []
        /// The points of all their series.
        var points: [MetricPoint] = []
        var deletions: [DeletedRun] = []
        /// Numbers of trials that cannot be read.
        var damaged: Set<Int> = []
        /// Numbers of trials that are gone when they are asked for a second time.
        var vanishing: Set<Int> = []
        /// How many calls fail from now on, as the store is away.
        var failures = 0
        /// How many changes were told of.
        var changes = 0
        /// How many trials were read whole.
        var reads = 0
    }

    let content: Mutex<Content>

    init(_ trials: [StoredTrial], points: [MetricPoint] = []) {
        content = Mutex(Content(trials: trials, points: points))
    }

    func change(_ body: (inout Content) -> Void) { content.withLock { body(&$0) } }

    private func now() throws(StoreError) -> Content {
        let (now, fails) = content.withLock { content in
            let fails = content.failures > 0
            content.failures -= fails ? 1 : 0
            return (content, fails)
        }
        if fails { throw StoreError(.unavailable, "reading", "a store", reason: "it is away", isTransient: true) }
        return now
    }

    private static func damaged(_ number: Int) -> StoreError {
        StoreError(.damaged, "reading", "trial \(number)", reason: "it is no JSON", isTransient: false)
    }

    func experiments() async throws(StoreError) -> [Experiment] {
        guard let last = try now().trials.max(by: { $0.reference.number < $1.reference.number }) else { return [] }
        return [Experiment(id: last.reference.experiment, lastNumber: last.reference.number, lastFiled: nil)]
    }

    func trials(
        _ query: History.Query, after cursor: History.Cursor?, limit: Int
    ) async throws(StoreError) -> History.Page {
        let now = try now()
        let rest = now.trials.filter { $0.reference.number > cursor?.number ?? 0 }
            .sorted { $0.reference.number < $1.reference.number }
        let page = rest.prefix(limit)
        if let bad = page.first(where: { now.damaged.contains($0.reference.number) }) {
            throw Self.damaged(bad.reference.number)
        }
        let next = rest.count > limit ? page.last.map { History.Cursor(number: $0.reference.number) } : nil
        return History.Page(rows: page.map(History.Row.init), next: next)
    }

    func trial(_ reference: TrialReference) async throws(StoreError) -> StoredTrial? {
        let now = try now()
        change { $0.reads += 1 }
        if now.damaged.contains(reference.number) { throw Self.damaged(reference.number) }
        if now.vanishing.contains(reference.number) { change { $0.trials.removeAll { $0.reference == reference } } }
        return now.trials.first { $0.reference == reference }
    }

    func series(
        _ name: String, of reference: TrialReference, range: Range<Int>?, atMost most: Int?
    ) async throws(StoreError) -> MetricSeries? {
        let now = try now()
        guard now.trials.contains(where: { $0.reference == reference }) else { return nil }
        return MetricSeries(name: name, count: now.points.count, points: now.points)
    }

    func part(_ part: PartReference, of reference: TrialReference) async throws(StoreError) -> [UInt8]? { nil }

    func text(_ category: EnvironmentCategory, of reference: TrialReference) async throws(StoreError) -> String? { nil }

    func deletions(in experiment: Experiment.ID) async throws(StoreError) -> [DeletedRun] { try now().deletions }

    /// All trials, again and again: somebody files to it all the time.
    func changes(after cursor: ChangeCursor?, limit: Int) async throws(StoreError) -> ChangePage {
        let now = try now()
        let place = cursor.flatMap { Int($0.text) } ?? 0
        change { $0.changes = max($0.changes, place + 1) }
        return ChangePage(
            references: now.trials.map(\.reference), next: ChangeCursor(String(place + 1)))
    }
}

/// A store that does not take some trials now.
struct RefusingWriter: TrialWriter {
    let wrapped: any TrialWriter
    let refused: Set<Int>

    var capacity: FilingCapacity { wrapped.capacity }
    var isReadByOtherHosts: Bool { wrapped.isReadByOtherHosts }
    func prepare() async throws(StoreError) -> Readiness { try await wrapped.prepare() }
    func store(_ part: PartReference, from source: PartSource) async throws(StoreError) {
        try await wrapped.store(part, from: source)
    }
    func file(_ filings: [Filing]) async throws(StoreError) -> [Filed] { try await wrapped.file(filings) }
    func locate(_ keys: [RunKey], in experiment: Experiment.ID) async throws(StoreError) -> [RunKey: Filed] {
        try await wrapped.locate(keys, in: experiment)
    }
    func restore(_ trials: [RestoredTrial]) async throws(StoreError) -> [Filed] {
        var answers = try await wrapped.restore(trials.filter { !refused.contains($0.number) })
        return trials.map { trial in
            guard refused.contains(trial.number) else { return answers.removeFirst() }
            return .refused(StoreError(.refused, "filing", "a store", reason: "not now", isTransient: true))
        }
    }
    func delete(_ trials: [TrialReference]) async throws(StoreError) { try await wrapped.delete(trials) }
    func reconcile(_ experiment: Experiment.ID) async throws(StoreError) -> [Notice] {
        try await wrapped.reconcile(experiment)
    }
    func synchronize() async throws(StoreError) { try await wrapped.synchronize() }
}
