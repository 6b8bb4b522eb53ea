internal import JSON
internal import Records
internal import Trials

/// What the store has of a trial that is filed to again, as far as a filing needs it.
struct HeldTrial {
    /// Extremes of the points before some places of a series, so that its end can be replaced without reading it all.
    typealias Mark = (place: Int, before: SeriesExtremes)

    /// Nil for a trial that an earlier filing of the same batch makes.
    var number: Int?
    var revision: Revision
    var filed: Timestamp?
    var metrics: [MetricSummary] = []
    var marks: [String: [Mark]] = [:]
    var parts: [PartReference] = []
    var facts: JSON?
    /// With its texts folded.
    var capture: JSON.Object?
    var notices: [String] = []

    /// The most marks that are kept of a series: its end changes, if anything does.
    static let mostMarks = 8

    init(number: Int?, revision: Revision) {
        self.number = number
        self.revision = revision
    }

    /// What a document says; nil for one that cannot be read.
    init?(_ document: JSON.Object, number: Int, revision: Revision) {
        self.init(number: number, revision: revision)
        guard let metrics = try? document["metrics"]?.decode([MetricSummary].self),
            let parts = try? document["parts"]?.decode([PartReference].self)
        else { return nil }
        self.metrics = metrics
        self.parts = parts
        filed = try? document["filed"]?.decode(Timestamp.self)
        facts = document["facts"]
        capture = document["capture"]?.object
        notices = document["notices"]?.array?.compactMap(\.string) ?? []
        for member in document["marks"]?.object ?? [:] {
            marks[member.key] = member.value.array?.compactMap { mark in
                guard let place = mark[0]?.int, let before = mark[1].flatMap({ SeriesExtremes($0) }) else { return nil }
                return (place, before)
            }
        }
    }

    /// Step hashes that the trial has told.
    var stepHashes: [StepHash] { (try? facts?["stepHashes"]?.decode([StepHash].self)) ?? [] }

    /// Marks of the series as it is after these additions.
    func marks(of summary: MetricSummary, adding additions: [MetricMerge.Addition]) -> [Mark] {
        var marks = marks[summary.name] ?? []
        for addition in additions where addition.name == summary.name {
            marks.removeAll { $0.place >= addition.first }
            marks.append((addition.first, addition.before))
            guard addition.points.count > 1 else { continue }
            // The last point is what is replaced most.
            var before = addition.before
            before.take(addition.points.dropLast())
            marks.append((addition.first + addition.points.count - 1, before))
        }
        marks.removeAll { $0.place > summary.count || $0.place == 0 }
        return Array(marks.suffix(Self.mostMarks))
    }

    static func json(_ marks: [String: [Mark]]) -> JSON {
        .object(
            JSON.Object(
                marks.sorted { $0.key < $1.key }.map {
                    ($0.key, .array($0.value.map { [JSON($0.place), $0.before.json] }))
                }))
    }
}
