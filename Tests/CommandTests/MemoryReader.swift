import Testing
import Trials

/// A store of trials at hand.
struct MemoryReader: TrialReader {
    var trials: [StoredTrial] = []
    var series: [String: MetricSeries] = [:]

    func experiments() async throws(StoreError) -> [Experiment] {
        Set(trials.map(\.reference.experiment)).sorted().map { id in
            let numbers = trials.lazy.filter { $0.reference.experiment == id }.map(\.reference.number)
            return Experiment(id: id, lastNumber: numbers.max() ?? 0, lastFiled: nil)
        }
    }

    func trials(
        _ query: History.Query, after cursor: History.Cursor?, limit: Int
    ) async throws(StoreError) -> History.Page {
        let all = trials.filter { $0.reference.experiment == query.experiment }
        guard !all.isEmpty else {
            throw StoreError(.notFound, "reading", query.experiment.text, reason: "not there", isTransient: false)
        }
        let rest = all.sorted { $0.reference.number > $1.reference.number }
            .filter { $0.reference.number < cursor?.number ?? .max }
        let rows = rest.prefix(limit).map(History.Row.init)
        let next = rest.count > limit ? rows.last.map { History.Cursor(number: $0.reference.number) } : nil
        return History.Page(rows: rows, next: next)
    }

    func trial(_ reference: TrialReference) async throws(StoreError) -> StoredTrial? {
        trials.first { $0.reference == reference }
    }

    func series(
        _ name: String, of reference: TrialReference, range: Range<Int>?, atMost most: Int?
    ) async throws(StoreError) -> MetricSeries? {
        series[name]
    }

    func part(_ part: PartReference, of reference: TrialReference) async throws(StoreError) -> [UInt8]? { nil }

    func text(_ category: EnvironmentCategory, of reference: TrialReference) async throws(StoreError) -> String? { nil }

    func deletions(in experiment: Experiment.ID) async throws(StoreError) -> [DeletedRun] { [] }

    func changes(after cursor: ChangeCursor?, limit: Int) async throws(StoreError) -> ChangePage {
        ChangePage(references: [], next: ChangeCursor(""))
    }
}

/// 2026-11-23 12:00 UTC, when all trials of these tests began.
let noon = Timestamp(nanoseconds: 1_795_435_200_000_000_000)

/// A trial that ran for `seconds`, or that still runs.
func makeTrial(
    _ number: Int, _ parameters: Fields = [:], state: TrialState = .succeeded, result: Value? = nil,
    seconds: Double = 1.25, metrics: Fields = [:], change: (inout TrialFacts) -> Void = { _ in }
) throws -> StoredTrial {
    var facts = TrialFacts()
    facts.parameters = parameters
    facts.started = noon
    change(&facts)
    let took = Duration.nanoseconds(Int(seconds * 1e9))
    let outcome = Outcome(
        state: state, result: result,
        finished: Timestamp(nanoseconds: noon.nanoseconds + took.wholeNanoseconds), processTime: took,
        error: state == .failed ? TrialError(type: "ValueError", message: "bad\u{1B}[2J input") : nil)
    let summaries = metrics.map { field in
        let value = field.value.number ?? 0
        return MetricSummary(
            name: field.name, generation: 0, count: 1,
            last: MetricPoint(epoch: 0, value: .float(value), recorded: noon), extremes: value...value)
    }
    return StoredTrial(
        reference: TrialReference(experiment: try #require(Experiment.ID("resnet")), number: number), key: nil,
        revision: Revision(1), facts: facts, metrics: summaries, outcome: state == .running ? nil : outcome)
}
