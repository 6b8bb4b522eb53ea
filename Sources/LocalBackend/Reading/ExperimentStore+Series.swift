internal import JSON
internal import Records
internal import Trials

/// The points of a trial's series, stretch by stretch from the journal.
extension ExperimentStore {
    /// Calls `body` with the points of a series, or of a range of it, in order, each with its place.
    func forEachPoint(
        of metric: MetricSummary, _ row: IndexRow, in range: Range<Int>? = nil,
        _ body: (Int, MetricPoint) throws(StoreError) -> Void
    ) throws(StoreError) {
        let range = (range ?? metric.places).clamped(to: metric.places)
        if range.isEmpty { return }
        var stretches: [(entry: PointsEntry, end: Int)] = []
        // From here on the points are those of newer stretches, or there are none.
        var end = metric.count
        try forEachStretch(of: metric, row) { entry throws(StoreError) in
            if entry.first < end {
                let last = min(entry.first + entry.count, end)
                if entry.first < range.upperBound, last > range.lowerBound { stretches.append((entry, last)) }
                end = entry.first
            }
            return end > range.lowerBound
        }
        for (entry, end) in stretches.reversed() {
            let points = try points(of: entry, row)
            for place in max(entry.first, range.lowerBound)..<min(end, range.upperBound) {
                guard points.indices.contains(place - entry.first), let point = MetricPoint(points[place - entry.first])
                else { throw unreadable(row, "a point of \(metric.name) is none") }
                try body(place, point)
            }
        }
    }

    /// A series, thinned to `most` points where it has more.
    func points(
        of metric: MetricSummary, _ row: IndexRow, in range: Range<Int>? = nil, atMost most: Int?
    ) throws(StoreError) -> [MetricPoint] {
        let range = (range ?? metric.places).clamped(to: metric.places)
        var thinning = SeriesThinning(count: range.count, most: most ?? .max)
        try forEachPoint(of: metric, row, in: range) { (place, point) throws(StoreError) in
            thinning.add(point, at: place - range.lowerBound)
        }
        return thinning.finish()
    }

    /// What stays of a series that is cut after `count` points, as the index has it.
    ///
    /// Only the newest stretches are looked at, and at most one is read for the extremes.
    func kept(
        of metric: MetricSummary, _ row: IndexRow?, count: Int, wantsLast: Bool
    ) throws(StoreError) -> MetricMerge.Kept {
        var kept = MetricMerge.Kept(last: nil, extremes: SeriesExtremes())
        guard let row else { return kept }
        var whole = metric
        whole.count = count
        var first = 0
        try forEachStretch(of: metric, row) { entry throws(StoreError) in
            guard entry.first <= count else { return true }
            if let before = entry.before {
                kept.extremes = before
                first = entry.first
            }
            return false
        }
        try forEachPoint(of: whole, row, in: first..<count) { (_, point) throws(StoreError) in
            kept.extremes.take(point.value)
            kept.last = point
        }
        guard wantsLast, kept.last == nil else { return kept }
        try forEachPoint(of: whole, row, in: (count - 1)..<count) { (_, point) throws(StoreError) in kept.last = point }
        return kept
    }

    /// Calls `body` with the stretches of a series, newest first, until it says no.
    private func forEachStretch(
        of metric: MetricSummary, _ row: IndexRow, _ body: (PointsEntry) throws(StoreError) -> Bool
    ) throws(StoreError) {
        guard let name = index.names.place(.metric, metric.name) else { return }
        var place = row.lastPoints
        while place > 0 {
            let entry = try index.pointsEntry(place)
            place = entry.previous
            guard entry.name == name, entry.generation <= metric.generation else { continue }
            guard try body(entry) else { return }
        }
    }

    private func points(of stretch: PointsEntry, _ row: IndexRow) throws(StoreError) -> [JSON] {
        guard let points = JournalLine.read(try journal.read(stretch.line)[...])?["points"]?.array else {
            throw unreadable(row, "its line of points in the journal is damaged")
        }
        return points
    }
}

extension MetricPoint {
    /// Reads the list of four; nil when it is none.
    fileprivate init?(_ json: JSON) {
        guard let fields = json.array, fields.count == 4, let epoch = fields[0].int, let time = fields[2].int,
            let offset = fields[3].int
        else { return nil }
        let value: MetricValue
        if let integer = fields[1].int {
            value = .integer(integer)
        } else if let float = fields[1].double {
            value = .float(float)
        } else {
            return nil
        }
        self.init(epoch: epoch, value: value, recorded: Timestamp(nanoseconds: time, offset: offset))
    }
}
