internal import Pickle
internal import Records
internal import SystemCalls
internal import Trials

/// A point as a Python process wrote it.
enum PythonPoint {
    /// Nil for what a point cannot say.
    static func point(_ bytes: [UInt8]) -> MetricPoint? {
        guard let value = try? PickleValue(pickled: bytes), let point = MetricRecord.Point(value) else { return nil }
        let recorded = point.recorded.map(moment) ?? Timestamp(nanoseconds: 0)
        return MetricPoint(epoch: point.epoch, value: point.value, recorded: recorded)
    }

    /// A naive local time, as daskperiment keeps them.
    static func moment(_ local: Int) -> Timestamp {
        let near = Clock.localOffset(at: Int64(local))
        let offset = Clock.localOffset(at: Int64(local - near * 1_000_000_000))
        return Timestamp(nanoseconds: local - offset * 1_000_000_000, offset: offset)
    }
}
