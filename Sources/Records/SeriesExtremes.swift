public import JSON
public import Trials

/// The lowest and the highest value that is a number, of the points that were taken so far.
public struct SeriesExtremes: Equatable, Sendable {
    /// Nil while there was no such value.
    public private(set) var range: ClosedRange<Double>?

    /// Of points with this range.
    public init(_ range: ClosedRange<Double>? = nil) { self.range = range }

    /// Takes a value in.
    public mutating func take(_ value: MetricValue) {
        let value = value.double
        if value.isNaN { return }
        range = range.map { min($0.lowerBound, value)...max($0.upperBound, value) } ?? value...value
    }

    /// Takes points in.
    public mutating func take(_ points: some Sequence<MetricPoint>) {
        for point in points { take(point.value) }
    }
}

/// As JSON: null, or the lowest and the highest.
extension SeriesExtremes {
    /// Nil for anything else.
    public init?(_ json: JSON) {
        if json.isNull { return }
        guard let lowest = json[0]?.double, let highest = json[1]?.double, lowest <= highest else { return nil }
        range = lowest...highest
    }

    /// The JSON.
    public var json: JSON { range.map { [JSON($0.lowerBound), JSON($0.upperBound)] } ?? .null }
}
