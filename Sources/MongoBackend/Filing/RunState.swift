internal import JSON
internal import Mongo
internal import Pickle
internal import Records
internal import Trials

/// A filing, with the number that the trial has to have when it comes from another store.
struct FilingRequest {
    var filing: Filing
    var number: Int?
    var filed: Timestamp?
}

/// A run as the store has it, or as it is to be: its own document, from which all else is made.
struct RunState {
    let id: ObjectID
    /// Its number is 0 until it has one; of a capture that was read the texts are left out.
    private(set) var trial: StoredTrial
    /// The capture, its texts folded.
    private(set) var folded: JSON.Object?
    var series: [SeriesRecord] = []
    /// The row of its last attempt in daskperiment's history.
    private(set) var history: [UInt8]?
    /// Digests of all parts that it ever had.
    private(set) var digests: Set<String> = []
    /// What of it is in the store: the revision, and whether all was made from it.
    private(set) var stored: (revision: Int, isFiled: Bool)?

    // MARK: What the filings of this batch changed

    /// The document, but for the number and the notices.
    private var document = JSON.Object()
    private(set) var isChanged = false
    private(set) var hasNewFacts = false
    private(set) var hasNewHistory = false
    /// The capture whole, when a filing brought one.
    private(set) var newCapture: TrialCapture?
    /// Long texts of it, by digest.
    private(set) var texts: [String: JSON] = [:]
    private(set) var steps: [StepHash] = []
    private(set) var newParts: [PartReference] = []
    /// Which filing's answer is to tell that the environment changed.
    private(set) var capturedBy: Int?

    init(_ request: FilingRequest, id: ObjectID) {
        self.id = id
        let filing = request.filing
        trial = StoredTrial(
            reference: TrialReference(experiment: filing.experiment, number: request.number ?? 0), key: filing.key,
            revision: Revision(0), facts: TrialFacts(), filed: request.filed)
    }

    /// What the store has; nil for what is no document of a trial.
    init?(_ fields: BSONDocument, _ reference: TrialReference) throws(StoreError) {
        guard let id = fields["_id"]?.objectID, let revision = fields["revision"]?.int,
            let text = fields["document"]?.string
        else { return nil }
        self.id = id
        let read = try StoredDocument(Array(text.utf8), reference)
        trial = read.trial
        folded = read.capture
        stored = (revision, fields["state"]?.string == "filed")
        history = fields["history"]?.binary
        digests = Set((fields["parts"]?.array ?? []).compactMap(\.string))
        for one in fields["series"]?.array ?? [] {
            guard let record = SeriesRecord(one) else { return nil }
            series.append(record)
        }
    }

    var number: Int { trial.reference.number }
    /// The digests of texts that the document refers to.
    var textDigests: [String] { folded.map { Array(Set(FoldedTexts.digests(in: $0))) } ?? [] }
    /// By category, what stands for its text.
    var marks: JSON.Object { folded.map { FoldedTexts.marks(in: $0) } ?? [:] }

    mutating func setNumber(_ number: Int) {
        trial.reference = TrialReference(experiment: trial.reference.experiment, number: number)
    }

    mutating func tell(_ notices: [Notice]) {
        for notice in notices where !trial.notices.contains(notice) { trial.notices.append(notice) }
    }

    /// Takes a filing of a higher revision in; when it throws why that is refused, this is of no more use.
    mutating func apply(_ request: FilingRequest, at place: Int, _ batch: FilingBatch) throws(StoreError) -> [Notice] {
        let filing = request.filing
        let isNew = stored == nil && !isChanged
        let old = series
        let merge = try MetricMerge(trial.metrics, adding: filing.metrics) {
            (metric, count, wantsLast) throws(StoreError) in
            guard let record = old.first(where: { $0.name == metric.name }) else {
                return MetricMerge.Kept(last: nil, extremes: SeriesExtremes())
            }
            return try record.kept(count, wantsLast: wantsLast, batch.load)
        }
        if let gap = merge.gap { throw refused(gap, "file the part between, then run `trialwatch retry`") }
        for part in filing.parts where !batch.parts.contains(part.digest) {
            // Or it was, and has gone with the last trial that had it: whoever files stores it again.
            throw missing(part.digest)
        }
        let parts = filing.parts + batch.captured(by: filing)
        let isWhole = isNew || trial.facts != filing.facts
        let known = Set(trial.facts.stepHashes)
        let earlier = trial.notices

        trial.revision = filing.revision
        trial.facts = filing.facts
        trial.capture = filing.capture
        trial.metrics = merge.summaries
        trial.parts =
            trial.parts.filter { old in !parts.contains { $0.role == old.role && $0.name == old.name } } + parts
        trial.outcome = filing.outcome
        trial.filed = trial.filed ?? batch.now
        hasNewFacts = hasNewFacts || isWhole
        newParts += filing.parts
        digests.formUnion(parts.map(\.digest))
        var found: [String: JSON] = [:]
        document = try batch.texts.document(of: trial) { (digest, content) in found[digest] = content }
        try take(merge, batch)

        var notices: [Notice] = []
        let kept = filing.parts.filter { [.persist, .pickle].contains($0.role) }
        for step in filing.facts.persisted.map(\.name) + kept.map(\.name) {
            notices += batch.name(.step, step, for: filing.key)
        }
        for metric in merge.summaries { notices += batch.name(.metric, metric.name, for: filing.key) }
        notices += try takeCapture(of: filing, found, at: place, batch.texts)
        if isWhole {
            notices += FilingNotices.facts(filing.facts)
            let new = filing.facts.stepHashes.filter { !known.contains($0) }
            for step in new { notices += batch.outputs.notices(of: step) }
            steps += new
        }
        if let outcome = filing.outcome {
            notices += FilingNotices.outcome(outcome, seed: filing.facts.seed)
            // A trial that runs anew keeps the row of its attempt before.
            let row = HistoryRecord(outcome, seed: filing.facts.seed)?.pickle.pickled()
            hasNewHistory = hasNewHistory || row != history
            history = row
        }
        for metric in merge.summaries where metric.count > SeriesRecord.mostListed {
            notices.append(
                Notice(
                    "metric \(metric.name): daskperiment gets the newest \(SeriesRecord.mostListed) of its points, as a document "
                        + "of MongoDB ends at 16 MB; all of them are kept beside it"))
        }
        notices = notices.filter { !earlier.contains($0) }
        tell(notices)
        isChanged = true
        return notices
    }

    /// The capture of a filing, and what its end says of it.
    private mutating func takeCapture(
        of filing: Filing, _ found: [String: JSON], at place: Int, _ known: CaptureTexts
    ) throws(StoreError) -> [Notice] {
        var notices: [Notice] = []
        if let capture = filing.capture, let new = document["capture"]?.object {
            if new != folded {
                notices += try DaskperimentTexts(capture, number: 0, known).notices
                folded = new
                texts.merge(found) { first, _ in first }
                newCapture = capture
                capturedBy = place
            }
        }
        document["capture"] = folded.map { .object($0) }
        if let look = filing.look {
            let code = try? folded?["sources"]?.decode([SourceFile].self)
            let lockfiles = try? folded?["lockfiles"]?.decode([ArtifactFacts].self)
            notices += look.notices(since: code, lockfiles: lockfiles ?? [])
        }
        return notices
    }

    /// Brings the series to what the pieces make of them.
    private mutating func take(_ merge: MetricMerge, _ batch: FilingBatch) throws(StoreError) {
        for summary in merge.summaries {
            let place: Int
            if let known = series.firstIndex(where: { $0.name == summary.name }) {
                place = known
            } else {
                place = series.count
                series.append(SeriesRecord(name: summary.name))
            }
            for addition in merge.additions where addition.name == summary.name {
                try series[place].cut(to: addition.first, batch.load)
                series[place].tail += addition.points
            }
            try series[place].cut(to: summary.count, batch.load)
            if series[place].tail.count > SeriesRecord.longestTail {
                try series[place].seal(seconds: batch.seconds, batch.load)
            }
        }
        // Many series with an end each are too much for one document, too.
        var total = series.reduce(0) { $0 + $1.tail.count }
        while total > 40_000, let place = series.indices.max(by: { series[$0].tail.count < series[$1].tail.count }),
            series[place].tail.count > 1
        {
            total -= series[place].tail.count - 1
            try series[place].seal(keeping: 1, seconds: batch.seconds, batch.load)
        }
    }

    func refused(_ reason: String, _ remedy: String? = nil) -> StoreError {
        StoreError(.refused, "filing", subject, reason: reason, remedy: remedy, isTransient: false)
    }

    /// Says that a part is not kept, or no longer.
    func missing(_ part: String) -> StoreError {
        StoreError(.refused, "filing", subject, reason: "part \(part) was not stored before", isTransient: true)
    }

    private var subject: String { number > 0 ? "\(trial.reference)" : trial.reference.experiment.text }

    /// The trial's own document, not yet finished.
    func fields(batch: ObjectID) -> BSONDocument {
        var document = document
        document["reference"] = [
            "experiment": .string(trial.reference.experiment.text), "number": JSON(trial.reference.number),
        ]
        document["notices"] = .array(trial.notices.map { .string($0.text) })
        var fields: BSONDocument = [
            "_id": .objectID(id), "experiment_id": .string(trial.reference.experiment.text), "category": "trialwatch",
            "run_key": .string(trial.key?.text ?? ""), "trial_id": BSON(number),
            "revision": BSON(trial.revision.number),
            "state": "filing", "status": .string(trial.state.rawValue),
            "filed": .int64(Int64(trial.filed?.nanoseconds ?? 0)), "batch": .objectID(batch),
            "document": .string(JSON.object(document).text()),
        ]
        if !series.isEmpty { fields["series"] = .array(series.map(\.bson)) }
        if let history { fields["history"] = .binary(history) }
        let texts = textDigests
        if !texts.isEmpty { fields["texts"] = .array(texts.sorted().map { .string($0) }) }
        if !digests.isEmpty { fields["parts"] = .array(digests.sorted().map { .string($0) }) }
        return fields
    }
}
