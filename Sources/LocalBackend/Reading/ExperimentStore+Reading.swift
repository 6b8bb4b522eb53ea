internal import JSON
internal import Records
internal import Trials

extension ExperimentStore {
    /// A trial as the journal has it.
    struct Held {
        var row: IndexRow
        var trial: StoredTrial
        /// The end that daskperiment's history tells of: the trial's, or while it runs anew that of the attempt before.
        var recorded: Outcome?
        /// Facts and capture as their lines have them, the capture's texts folded.
        var facts: JSON?
        var capture: JSON.Object?
    }

    /// How much of a capture is read.
    enum CaptureDetail {
        /// All of it, its texts too.
        case whole
        /// All but the texts of code and environment.
        case brief
    }

    /// A trial by its number; nil when it does not exist or was deleted.
    func trial(_ number: Int, capture detail: CaptureDetail = .whole) throws(StoreError) -> Held? {
        guard let row = try index.row(number) else { return nil }
        return try trial(row, capture: detail)
    }

    /// The trial of a row; nil when it was deleted.
    func trial(_ row: IndexRow, capture detail: CaptureDetail) throws(StoreError) -> Held? {
        guard row.state != .deleted else { return nil }
        let line = try line(row.document, of: row)
        var document = line["document"]?.object ?? [:]
        if row.facts != row.document {
            document["facts"] = row.facts.isNone ? nil : try self.line(row.facts, of: row)["document"]?["facts"]
        }
        if row.capture != row.document {
            document["capture"] = row.capture.isNone ? nil : try self.line(row.capture, of: row)["document"]?["capture"]
        }
        let folded = document["capture"]?.object
        let facts = document["facts"]
        if let capture = folded {
            document["capture"] = .object(
                detail == .whole ? try unfold(capture) : FoldedTexts.removed(from: capture))
        }
        do throws(RecordError) {
            if document["facts"] == nil { document["facts"] = try Self.noFacts() }
            let trial = try TrialDocument.decode(document)
            let recorded = try? line["recorded"]?.decode(Outcome.self)
            let end = trial.outcome.flatMap { $0.state == .succeeded || $0.state == .failed ? $0 : nil }
            return Held(
                row: row, trial: trial, recorded: trial.outcome == nil ? recorded : end, facts: facts, capture: folded)
        } catch {
            throw unreadable(row, "\(error)")
        }
    }

    /// The facts of a trial whose line of facts was damaged.
    private static func noFacts() throws(RecordError) -> JSON {
        var facts = TrialFacts()
        facts.problems = ["what the run said of itself was lost: its line in the journal is damaged"]
        do throws(JSONError) { return try JSON.encode(facts) } catch { throw .malformed("\(error)") }
    }

    private func line(_ extent: Extent, of row: IndexRow) throws(StoreError) -> JSON.Object {
        guard let line = JournalLine.read(try journal.read(extent)[...]) else {
            throw unreadable(row, "its line in the journal is damaged")
        }
        return line
    }

    private func unreadable(_ row: IndexRow, _ reason: String) -> StoreError {
        StoreError(
            .refused, "reading a trial", "\(folder.experiment) \(row.number)", reason: reason, isTransient: false)
    }

    /// A capture with its texts in their places.
    private func unfold(_ capture: JSON.Object) throws(StoreError) -> JSON.Object {
        try FoldedTexts.unfold(capture) { (digest) throws(StoreError) -> JSON? in
            guard let place = try index.value(.text(digest)) else { return nil }
            let line = try journal.line(at: Int64(place) - 1)
            return JournalLine.read(line[...])?["content"]
        }
    }

    // MARK: Series

    /// Calls `body` with the points of a series, or of a range of it, in order, each with its place.
    func forEachPoint(
        of metric: MetricSummary, _ row: IndexRow, in range: Range<Int>? = nil,
        _ body: (Int, MetricPoint) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard let name = index.names.place(.metric, metric.name) else { return }
        let range = (range ?? 0..<metric.count).clamped(to: 0..<metric.count)
        var stretches: [PointsEntry] = []
        var place = row.lastPoints
        while place > 0 {
            let entry = try index.pointsEntry(place)
            let isPart = entry.name == name && entry.generation == metric.generation
            if isPart, entry.first < range.upperBound, entry.first + entry.count > range.lowerBound {
                stretches.append(entry)
            }
            place = entry.previous
        }
        var next = range.lowerBound
        for stretch in stretches.reversed() where stretch.first + stretch.count > next {
            guard let points = JournalLine.read(try journal.read(stretch.line)[...])?["points"]?.array else {
                throw unreadable(row, "its line of points in the journal is damaged")
            }
            next = max(next, stretch.first)
            while next < min(stretch.first + points.count, range.upperBound) {
                guard let point = MetricPoint(points[next - stretch.first]) else {
                    throw unreadable(row, "a point of \(metric.name) is none")
                }
                try body(next, point)
                next += 1
            }
        }
    }

    /// A series, thinned to `most` points where it has more.
    func points(
        of metric: MetricSummary, _ row: IndexRow, in range: Range<Int>? = nil, atMost most: Int?
    ) throws(StoreError) -> [MetricPoint] {
        let range = (range ?? 0..<metric.count).clamped(to: 0..<metric.count)
        var thinning = SeriesThinning(count: range.count, most: most ?? .max)
        try forEachPoint(of: metric, row, in: range) { (place, point) throws(StoreError) in
            thinning.add(point, at: place - range.lowerBound)
        }
        return thinning.finish()
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
