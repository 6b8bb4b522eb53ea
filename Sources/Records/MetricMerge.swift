public import Trials

/// What a filing's pieces make of a trial's series. Pure: the pieces have absolute places, so a repeated one changes
/// nothing.
public struct MetricMerge {
    /// Points that are new, where they belong: they replace what the series had from there on.
    public struct Addition {
        /// The series.
        public var name: String
        /// How often points of it were replaced.
        public var generation: Int
        /// The place of the first new point.
        public var first: Int
        /// The points.
        public var points: ArraySlice<MetricPoint>
        /// Of the points before `first`.
        public var before: SeriesExtremes
    }

    /// What stays of a series that is cut.
    public struct Kept {
        /// The last point that stays; it may be nil unless it was asked for.
        public var last: MetricPoint?
        /// Of the points that stay.
        public var extremes: SeriesExtremes

        /// What stays.
        public init(last: MetricPoint?, extremes: SeriesExtremes) {
            self.last = last
            self.extremes = extremes
        }
    }

    /// Looks up what stays of a series when only its first points do; the flag asks for the last of them.
    public typealias Cut = (_ metric: MetricSummary, _ count: Int, _ wantsLast: Bool) throws(StoreError) -> Kept

    /// The series as they are afterwards, in order of first appearance.
    public private(set) var summaries: [MetricSummary]
    /// What is new, in the order of the pieces.
    public private(set) var additions: [Addition] = []
    /// Why the pieces cannot be taken: points are missing before one of them.
    public private(set) var gap: String?
    private let earlier: [Addition]

    /// Adds pieces to the series that a trial has; of these the additions in `earlier` are not yet where `stored` looks.
    public init(
        _ summaries: [MetricSummary], after earlier: [Addition] = [], adding pieces: [MetricPiece], stored: Cut
    ) throws(StoreError) {
        self.summaries = summaries
        self.earlier = earlier
        for piece in pieces where gap == nil { try add(piece, stored) }
    }

    private mutating func add(_ piece: MetricPiece, _ stored: Cut) throws(StoreError) {
        let place = summaries.firstIndex { $0.name == piece.name }
        var summary =
            place.map { summaries[$0] }
            ?? MetricSummary(name: piece.name, generation: piece.generation, count: 0, last: nil, extremes: nil)
        guard piece.generation >= summary.generation else { return }
        if piece.generation > summary.generation {
            guard piece.offset == 0 || piece.generation == summary.generation + 1 else {
                gap =
                    "metric \(piece.name) was replaced \(summary.generation) times, and the piece is that of time "
                    + "\(piece.generation) and needs points of the time before"
                return
            }
        }
        guard piece.offset >= 0, piece.offset <= summary.count else {
            gap =
                "metric \(piece.name) has \(summary.count) points, and the piece begins after \(piece.offset)"
            return
        }
        if piece.generation > summary.generation {
            if piece.offset < summary.count {
                let kept = try cut(summary, to: piece.offset, wantsLast: piece.points.isEmpty, stored)
                summary.count = piece.offset
                summary.last = kept.last
                summary.extremes = kept.extremes.range
            }
            summary.generation = piece.generation
        }
        let points = piece.points.dropFirst(summary.count - piece.offset)
        var extremes = SeriesExtremes(summary.extremes)
        if let last = points.last {
            additions.append(
                Addition(
                    name: piece.name, generation: piece.generation, first: summary.count, points: points,
                    before: extremes))
            extremes.take(points)
            summary.count += points.count
            summary.last = last
            summary.extremes = extremes.range
        }
        if let place { summaries[place] = summary } else { summaries.append(summary) }
    }

    /// What the first `count` points of a series are in brief, when there are more.
    private func cut(
        _ metric: MetricSummary, to count: Int, wantsLast: Bool, _ stored: Cut
    ) throws(StoreError) -> Kept {
        guard count > 0 else { return Kept(last: nil, extremes: SeriesExtremes()) }
        let new = (earlier + additions).last { $0.name == metric.name && $0.first <= count }
        guard let new else { return try stored(metric, count, wantsLast) }
        var kept = Kept(last: nil, extremes: new.before)
        let points = new.points.prefix(count - new.first)
        kept.extremes.take(points)
        kept.last = points.last
        guard kept.last == nil, wantsLast else { return kept }
        // The addition begins where the cut is, so the last point that stays is of one before it.
        let before = (earlier + additions).last { $0.name == metric.name && $0.first < count }
        if let before {
            kept.last = before.points.prefix(count - before.first).last
        } else {
            kept.last = try stored(metric, count, true).last
        }
        return kept
    }
}
