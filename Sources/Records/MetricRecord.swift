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

extension MetricRecord {
    /// A point as a Python process wrote it.
    public struct Point: Sendable {
        /// Where in the series it belongs.
        public var epoch: Int
        /// The value.
        public var value: MetricValue
        /// Nanoseconds since 1970 as if local time were UTC; nil when it is no time.
        public var recorded: Int?

        /// Nil for what a ``Trials/MetricPoint`` cannot say: an epoch that is no whole number, a value that is no number.
        public init?(_ record: PickleValue) {
            guard case .int(let epoch)? = record["Epoch"].map({ $0.numpyScalar ?? $0 }) else { return nil }
            switch record["Value"].map({ $0.numpyScalar ?? $0 }) {
            case .int(let number): value = .integer(number)
            case .float(let number): value = .float(number)
            default: return nil
            }
            self.epoch = epoch
            recorded = record["Timestamp"].flatMap { $0.timestamp?.nanoseconds ?? $0.dateTime?.nanoseconds }
        }
    }
}
