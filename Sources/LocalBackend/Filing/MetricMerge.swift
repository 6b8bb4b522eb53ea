internal import Trials

/// What a filing's pieces make of a trial's series. Pure: the pieces have absolute places, so a repeated one changes
/// nothing.
struct MetricMerge {
    /// Points that are new, where they belong.
    struct Addition {
        var name: String
        var generation: Int
        var first: Int
        var points: ArraySlice<MetricPoint>
    }

    /// The series as they are afterwards, in order of first appearance.
    private(set) var summaries: [MetricSummary]
    private(set) var additions: [Addition] = []
    /// Why the pieces cannot be taken: a stretch is missing before one of them.
    private(set) var gap: String?

    /// Adds pieces to the series that a trial has.
    init(_ summaries: [MetricSummary], adding pieces: [MetricPiece]) {
        self.summaries = summaries
        for piece in pieces { add(piece) }
    }

    private mutating func add(_ piece: MetricPiece) {
        let place = summaries.firstIndex { $0.name == piece.name }
        var summary =
            place.map { summaries[$0] }
            ?? MetricSummary(name: piece.name, generation: piece.generation, count: 0, last: nil, extremes: nil)
        guard piece.generation >= summary.generation else { return }
        if piece.generation > summary.generation {
            summary = MetricSummary(
                name: piece.name, generation: piece.generation, count: 0, last: nil, extremes: nil)
        }
        guard piece.offset <= summary.count else {
            gap =
                "metric \(piece.name) has \(summary.count) points, and the piece begins after \(piece.offset)"
            return
        }
        let points = piece.points.dropFirst(summary.count - piece.offset)
        if !points.isEmpty {
            additions.append(
                Addition(name: piece.name, generation: piece.generation, first: summary.count, points: points))
        }
        for point in points {
            summary.count += 1
            summary.last = point
            let value = point.value.double
            if value.isNaN { continue }
            summary.extremes =
                summary.extremes.map { min($0.lowerBound, value)...max($0.upperBound, value) } ?? value...value
        }
        if let place { summaries[place] = summary } else { summaries.append(summary) }
    }
}
