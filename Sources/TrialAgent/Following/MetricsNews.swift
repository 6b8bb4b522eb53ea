import Trials

/// What one reading of a metrics file gathers: at most one piece a series, and what is to be told.
struct MetricsNews: Sendable {
    var problems: [String] = []
    /// By the place of their series.
    private(set) var pieces: [MetricPiece?]
    let limits: MetricsFile.Limits
    private let recorded: Timestamp
    /// The generations of the series before this reading.
    private var generations: [Int]
    private var places: [String: Int]

    init(_ series: [MetricsFile.Series], recorded: Timestamp, limits: MetricsFile.Limits) {
        self.limits = limits
        self.recorded = recorded
        pieces = Array(repeating: nil, count: series.count)
        generations = series.map(\.generation)
        places = Dictionary(series.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    /// The place of a series by its name.
    func place(of name: String) -> Int? { places[name] }

    /// Makes room for a series that is new.
    mutating func add(_ series: MetricsFile.Series) {
        places[series.name] = pieces.count
        pieces.append(nil)
        generations.append(series.generation)
    }

    /// Adds a point at the end of a series.
    mutating func append(_ value: MetricValue, at epoch: Int, to series: inout MetricsFile.Series, _ place: Int) {
        let point = MetricPoint(epoch: epoch, value: value, recorded: recorded)
        if pieces[place] == nil {
            pieces[place] = MetricPiece(
                name: series.name, generation: series.generation, offset: series.count, points: [point])
        } else {
            pieces[place]?.points.append(point)
        }
        if series.count == 0 { series.first = epoch }
        series.last = epoch
        series.count += 1
    }

    /// Cuts a series after `count` points. What was gathered in this reading is cut in it; what was told before is
    /// replaced by the next generation, of which one reading spends at most one.
    mutating func cut(_ series: inout MetricsFile.Series, _ place: Int, to count: Int) {
        if let piece = pieces[place], count >= piece.offset {
            pieces[place]?.points.removeLast(piece.offset + piece.points.count - count)
        } else {
            series.generation = generations[place] + 1
            pieces[place] = MetricPiece(
                name: series.name, generation: series.generation, offset: count, points: [])
        }
        series.count = count
        if count == 0 { series.first = nil }
    }

    /// How many points of a series stand before an epoch, when what was gathered in this reading tells it.
    func count(before epoch: Int, _ place: Int) -> Int? {
        guard let piece = pieces[place] else { return nil }
        var low = 0
        var high = piece.points.count
        while low < high {
            let middle = (low + high) / 2
            if piece.points[middle].epoch < epoch { low = middle + 1 } else { high = middle }
        }
        // Where none of the piece's points stands before it, those before the piece have to be asked.
        return low > 0 || piece.offset == 0 ? piece.offset + low : nil
    }
}
