internal import JSON
internal import Trials

/// The lowest and the highest value that is a number, of the points that were taken so far.
struct SeriesExtremes: Equatable {
    /// Nil while there was no such value.
    private(set) var range: ClosedRange<Double>?

    init(_ range: ClosedRange<Double>? = nil) { self.range = range }

    mutating func take(_ value: MetricValue) {
        let value = value.double
        if value.isNaN { return }
        range = range.map { min($0.lowerBound, value)...max($0.upperBound, value) } ?? value...value
    }

    mutating func take(_ points: some Sequence<MetricPoint>) {
        for point in points { take(point.value) }
    }
}

/// As a line of the journal has them: null, or the lowest and the highest.
extension SeriesExtremes {
    /// Nil for anything else.
    init?(_ json: JSON) {
        if json.isNull { return }
        guard let lowest = json[0]?.double, let highest = json[1]?.double, lowest <= highest else { return nil }
        range = lowest...highest
    }

    var json: JSON { range.map { [JSON($0.lowerBound), JSON($0.upperBound)] } ?? .null }
}
