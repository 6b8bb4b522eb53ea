public import Trials

/// A series in memory, made of pieces by the rule that ``Trials/MetricPiece`` promises: what any store has to come to.
public struct AppliedSeries: Hashable, Sendable {
    /// The generation of the newest piece.
    public private(set) var generation = 0
    /// All points.
    public private(set) var points: [MetricPoint] = []
    private var isBegun = false

    /// No points yet.
    public init() {}

    /// Takes a piece; says no, and takes nothing, when a store has to refuse it.
    public mutating func apply(_ piece: MetricPiece) -> Bool {
        if isBegun, piece.generation < generation { return true }
        if isBegun, piece.generation > generation + 1, piece.offset > 0 { return false }
        guard piece.offset <= points.count else { return false }
        if piece.generation > generation, isBegun {
            points = points.prefix(piece.offset) + piece.points
        } else {
            points += piece.points.dropFirst(points.count - piece.offset)
        }
        generation = piece.generation
        isBegun = true
        return true
    }

    /// The lowest and the highest value that is a number.
    public var extremes: ClosedRange<Double>? {
        let values = points.map(\.value.double).filter { !$0.isNaN }
        guard let lowest = values.min(), let highest = values.max() else { return nil }
        return lowest...highest
    }
}
