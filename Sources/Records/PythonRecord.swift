internal import Pickle
public import Trials

/// What Python processes wrote, as trials and points; `localOffset` gives the seconds ahead of UTC at a moment, as
/// daskperiment's times are local.
public enum PythonRecord {
    /// A point; nil for what a point cannot say.
    public static func point(_ bytes: [UInt8], localOffset: (Int64) -> Int) -> MetricPoint? {
        guard let value = try? PickleValue(pickled: bytes), let point = MetricRecord.Point(value) else { return nil }
        let recorded = point.recorded.map { moment($0, localOffset: localOffset) } ?? Timestamp(nanoseconds: 0)
        return MetricPoint(epoch: point.epoch, value: point.value, recorded: recorded)
    }

    /// A naive local time, as daskperiment keeps them.
    public static func moment(_ local: Int, localOffset: (Int64) -> Int) -> Timestamp {
        let near = localOffset(Int64(local))
        let offset = localOffset(Int64(Timestamp(local: local, offset: near).nanoseconds))
        return Timestamp(local: local, offset: offset)
    }

    /// A trial of these pickles, with neither series nor surroundings; what cannot be read is one of its problems.
    public static func trial(
        _ reference: TrialReference, parameters: [UInt8], history: [UInt8]?, now: Timestamp,
        localOffset: (Int64) -> Int
    ) -> StoredTrial {
        var trial = StoredTrial(reference: reference, key: nil, revision: Revision(1), facts: TrialFacts())
        do throws(PickleError) {
            trial.facts.parameters = ParameterRecord.fields(try PickleValue(pickled: parameters))
        } catch {
            trial.facts.problems.append("its parameters cannot be read: \(error)")
        }
        guard let history else { return trial }
        guard let value = try? PickleValue(pickled: history), let row = HistoryRecord.Row(value) else {
            trial.facts.problems.append("its result cannot be read")
            return trial
        }
        let finished = row.finished.map { moment($0, localOffset: localOffset) } ?? now
        trial.facts.seed = row.seed
        trial.outcome = Outcome(
            state: row.succeeded ? .succeeded : .failed, result: row.result, finished: finished,
            processTime: row.processTime, error: row.error)
        trial.filed = finished
        if let time = row.processTime {
            trial.facts.started = finished.before(time)
        }
        return trial
    }
}
