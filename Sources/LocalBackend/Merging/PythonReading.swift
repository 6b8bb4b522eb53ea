internal import Pickle
internal import Records
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// A trial of a Python process in our own words, for people and commands; what daskperiment reads of it stays as it was.
struct PythonReading {
    private(set) var facts = TrialFacts()
    private(set) var outcome: Outcome?
    /// By metric, as the pickle has its name.
    private(set) var points: [String: [MetricPoint]] = [:]
    /// Series of which some record says more than a point can.
    private(set) var unsaid: [PythonTrial.Series] = []
    private(set) var capture: TrialCapture?
    private let number: Int
    private let files: PythonFiles

    /// What the pickled values say.
    init(_ trial: PythonTrial, files: PythonFiles, now: Timestamp) {
        number = trial.number
        self.files = files
        facts.parameters = ParameterRecord.fields(trial.parameters)
        facts.started = files.began(trial.number)
        if let row = trial.result.flatMap({ HistoryRecord.Row($0) }) {
            facts.seed = row.seed
            let finished = row.finished.map(Self.moment) ?? now
            outcome = Outcome(
                state: row.succeeded ? .succeeded : .failed, result: row.result, finished: finished,
                processTime: row.processTime, error: row.error)
            if let processTime = row.processTime {
                facts.started = finished.before(processTime)
            }
        } else {
            // daskperiment writes the pickle when a trial ends: one without a row was interrupted.
            outcome = Outcome(state: .aborted, finished: facts.started ?? now, isExplicit: false)
        }
        for series in trial.series {
            let read = series.records.map { record in
                MetricRecord.Point(record).map { point in
                    MetricPoint(
                        epoch: point.epoch, value: point.value, recorded: point.recorded.map(Self.moment) ?? now)
                }
            }
            guard !read.contains(nil) else {
                unsaid.append(series)
                facts.problems.append(
                    "metric \(series.key) holds values that are no numbers: only daskperiment shows it")
                continue
            }
            points[series.key] = read.compactMap { $0 }
        }
    }

    /// Reads the files of the trial; `holder` is the trial that has its number in the journal.
    mutating func readFiles(besides holder: StoredTrial?) throws(StoreError) {
        let (found, areOurs) = try files.capture(
            number, began: facts.started ?? Timestamp(nanoseconds: 0), besides: holder?.key == nil ? nil : holder)
        guard !areOurs else {
            tell("the files of its code and environment were overwritten before they could be read")
            return
        }
        capture = found
    }

    mutating func tell(_ problem: String) { facts.problems.append(problem) }

    /// A naive local time, as daskperiment keeps them.
    private static func moment(_ local: Int) -> Timestamp {
        Records.PythonRecord.moment(local) { Clock.localOffset(at: $0) }
    }
}
