public import Trials

/// Keeps of a long series what its curve shows: the lowest and the highest value of each of many equal stretches.
public struct SeriesThinning {
    private let count: Int
    private let stretches: Int
    private var stretch = 0
    private var lowest: (place: Int, point: MetricPoint)?
    private var highest: (place: Int, point: MetricPoint)?
    /// The points kept so far, in their order.
    public private(set) var points: [MetricPoint] = []

    /// A series of `count` points, of which at most `most` are kept.
    public init(count: Int, most: Int) {
        self.count = count
        // With room for one point only there are no two extremes to keep.
        stretches = max(1, most / 2)
        isWhole = count <= most
    }

    private let isWhole: Bool

    /// Takes the next point, which is at `place` of the series.
    public mutating func add(_ point: MetricPoint, at place: Int) {
        guard !isWhole else { return points.append(point) }
        let now = place * stretches / count
        if now != stretch {
            flush()
            stretch = now
        }
        let value = point.value.double
        // A value that is no number stands for its stretch only where there is no other.
        if lowest.map({ value < $0.point.value.double || $0.point.value.double.isNaN }) ?? true {
            lowest = (place, point)
        }
        if highest.map({ value > $0.point.value.double || $0.point.value.double.isNaN }) ?? true {
            highest = (place, point)
        }
    }

    /// The points kept, when all were added.
    public consuming func finish() -> [MetricPoint] {
        flush()
        return points
    }

    private mutating func flush() {
        guard let lowest, let highest else { return }
        let kept = lowest.place <= highest.place ? [lowest, highest] : [highest, lowest]
        points.append(kept[0].point)
        if kept[0].place != kept[1].place { points.append(kept[1].point) }
        self.lowest = nil
        self.highest = nil
    }
}
