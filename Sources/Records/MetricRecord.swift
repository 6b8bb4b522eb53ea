public import Pickle
public import Trials

/// One point of a metric as daskperiment keeps it.
public enum MetricRecord {
    /// The `dict` of a point: epoch, value, and naive local time.
    public static func pickle(_ point: MetricPoint) -> PickleValue {
        ["Epoch": .int(point.epoch), "Value": pickle(point.value), "Timestamp": .timestamp(point.recorded.local)]
    }

    private static func pickle(_ value: MetricValue) -> PickleValue {
        switch value {
        case .integer(let integer): .int(integer)
        case .float(let float): .float(float)
        }
    }
}
