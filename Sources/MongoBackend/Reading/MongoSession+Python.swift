internal import Bytes
internal import Mongo
internal import Records
internal import SystemCalls
internal import Trials

/// What Python processes wrote, read as it is.
extension MongoSession {
    private static let operation = "reading trials of Python processes"

    /// A trial, whole but for the points of its series; nil when there is none.
    func pythonTrial(_ reference: TrialReference, now: Timestamp) throws(StoreError) -> StoredTrial? {
        let categories: BSON = ["trial", "code", "environment", "persist"]
        let found = try find(
            Self.operation, in: reference.experiment.text,
            ["category": ["$in": categories], "trial_id": BSON(reference.number), "trialwatch": nil])
        func documents(_ category: String) -> [BSONDocument] { found.filter { $0["category"]?.string == category } }
        guard let fields = documents("trial").first, var trial = Self.trial(fields, reference, now: now) else {
            return nil
        }
        let series = try metrics(of: [reference.number], in: reference.experiment, isBrief: false)
        trial.metrics = series.summaries[reference.number] ?? []
        for name in series.unreadable {
            trial.facts.problems.append("metric \(name): it has values that are no numbers; only daskperiment shows it")
        }
        var capture = TrialCapture(began: trial.facts.started ?? Timestamp(nanoseconds: 0), agent: "daskperiment")
        if let code = documents("code").first?["value"]?.string {
            let end = code.firstIndex(where: \.isNewline)
            let text = end.map { String(code[code.index(after: $0)...]) } ?? ""
            capture.code = CodeContext(files: [CodeContext.File(path: "", text: text)])
        }
        if let texts = documents("environment").first {
            for category in EnvironmentRecord.categories {
                guard let text = texts[EnvironmentRecord.names(category)[0]]?.string else { continue }
                capture.environment[category] = EnvironmentRecord.content(text, of: category)
            }
        }
        if capture.code != nil || !capture.environment.categories.isEmpty { trial.capture = capture }
        for fields in documents("persist") {
            guard let step = fields["step"]?.string, let bytes = fields["value"]?.binary else { continue }
            trial.parts.append(
                PartReference(digest: SHA256.digest(of: bytes).hex, size: bytes.count, role: .pickle, name: step))
        }
        trial.parts.sort { $0.name < $1.name }
        return trial
    }

    /// Nil for a document without parameters: Python writes them first.
    static func trial(_ fields: BSONDocument, _ reference: TrialReference, now: Timestamp) -> StoredTrial? {
        guard let parameters = fields["parameter"]?.binary else { return nil }
        return PythonRecord.trial(
            reference, parameters: parameters, history: fields["history"]?.binary, now: now,
            localOffset: Clock.localOffset)
    }

    /// The series of trials in brief, by number and then by identifier, and the names of those that cannot be read; extremes
    /// take all points, so `isBrief` leaves them.
    func metrics(
        of numbers: [Int], in id: Experiment.ID, isBrief: Bool
    ) throws(StoreError) -> (summaries: [Int: [MetricSummary]], unreadable: [String]) {
        guard !numbers.isEmpty else { return ([:], []) }
        let value: BSON = isBrief ? ["$slice": ["$value", -1]] : "$value"
        let filter: BSON = [
            "category": "metric", "trial_id": ["$in": .array(numbers.map { BSON($0) })], "trialwatch": nil,
        ]
        let stages: BSON = [
            ["$match": filter],
            ["$project": ["trial_id": 1, "metric_key": 1, "count": ["$size": "$value"], "value": value]],
            ["$sort": ["metric_key": 1]],
        ]
        let found = try all(
            Self.operation, ["aggregate": .string(id.text), "pipeline": stages, "cursor": [:]], of: id.text)
        guard !found.isEmpty else { return ([:], []) }
        let names = try names(of: id)
        var metrics: [Int: [MetricSummary]] = [:]
        var unreadable: [String] = []
        for fields in found {
            guard let number = fields["trial_id"]?.int, let stored = fields["metric_key"]?.string,
                let count = fields["count"]?.int, count > 0
            else { continue }
            let points = (fields["value"]?.array ?? []).map { $0.binary.flatMap { Self.point($0) } }
            guard !points.contains(where: { $0 == nil }) else {
                unreadable.append(names.name(.metric, storedAs: stored))
                continue
            }
            var extremes = SeriesExtremes()
            if !isBrief { extremes.take(points.compactMap { $0 }) }
            metrics[number, default: []].append(
                MetricSummary(
                    name: names.name(.metric, storedAs: stored), generation: 0, count: count, last: points.last ?? nil,
                    extremes: extremes.range))
        }
        return (metrics, unreadable)
    }

    static func point(_ bytes: [UInt8]) -> MetricPoint? {
        PointPickle.point(bytes) ?? PythonRecord.point(bytes, localOffset: Clock.localOffset)
    }

    /// Points of a series of a Python process.
    func pythonSeries(
        _ name: String, of reference: TrialReference, range: Range<Int>?, atMost most: Int?
    ) throws(StoreError) -> MetricSeries? {
        let id = reference.experiment.text
        let stored = try names(of: reference.experiment).stored(.metric, name)
        let filter: BSONDocument = [
            "category": "metric", "trial_id": BSON(reference.number), "metric_key": .string(stored), "trialwatch": nil,
        ]
        guard let fields = try find("reading a series", in: id, filter).first, let items = fields["value"]?.array else {
            return nil
        }
        let range = (range ?? 0..<items.count).clamped(to: 0..<items.count)
        var thinning = SeriesThinning(count: range.count, most: most ?? .max)
        for place in range {
            guard let point = items[place].binary.flatMap({ Self.point($0) }) else {
                throw StoredDocument.unreadable(reference, "a point of \(name) is none")
            }
            thinning.add(point, at: place - range.lowerBound)
        }
        return MetricSeries(name: name, count: items.count, points: thinning.finish())
    }

    /// What a step of a Python process kept.
    func pythonPart(_ part: PartReference, of reference: TrialReference) throws(StoreError) -> [UInt8]? {
        guard part.role == .pickle else { return nil }
        let found = try find(
            "reading a part", in: reference.experiment.text,
            ["category": "persist", "trial_id": BSON(reference.number), "step": .string(part.name)])
        return found.lazy.compactMap { $0["value"]?.binary }.first { SHA256.digest(of: $0).hex == part.digest }
    }
}

extension MongoBackend {
    /// A page of the trials of Python processes.
    func pythonTrials(
        _ query: History.Query, after cursor: History.Cursor?, limit: Int, _ session: MongoSession
    ) throws(StoreError) -> [StoredTrial] {
        var trials: [StoredTrial] = []
        var cursor = cursor
        // Which of them are asked for is told by their pickles alone.
        while trials.count < limit {
            let size = max(limit - trials.count, 16)
            var filter: BSONDocument = ["category": "trial", "trialwatch": nil]
            filter["trial_id"] = Self.numbers(query, after: cursor)
            let found = try session.find(
                "reading the history", in: query.experiment.text, filter,
                ["sort": ["trial_id": query.newestFirst ? -1 : 1], "limit": BSON(size)])
            let page = found.compactMap { fields -> StoredTrial? in
                guard let number = fields["trial_id"]?.int else { return nil }
                let reference = TrialReference(experiment: query.experiment, number: number)
                return MongoSession.trial(fields, reference, now: now())
            }
            trials += page.filter { trial in
                (query.states.isEmpty || query.states.contains(trial.state))
                    && query.since.map { since in trial.filed.map { $0 >= since } ?? false } ?? true
            }
            guard found.count == size, let last = found.last?["trial_id"]?.int else { break }
            cursor = History.Cursor(number: last)
        }
        trials = Array(trials.prefix(limit))
        let metrics = try session.metrics(of: trials.map(\.reference.number), in: query.experiment, isBrief: true)
        for place in trials.indices {
            trials[place].metrics = metrics.summaries[trials[place].reference.number] ?? []
        }
        return trials
    }
}
