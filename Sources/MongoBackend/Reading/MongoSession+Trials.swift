internal import JSON
internal import Mongo
internal import Records
internal import Trials

extension MongoSession {
    /// The last number that was given; nil when there is no such experiment.
    func lastNumber(of id: Experiment.ID) throws(StoreError) -> Int? {
        try find("reading the history", in: id.text, ["category": "trial_id"], ["limit": 1]).first?["value"]?.int
    }

    /// The trial's own document; nil when it has none, or only a tombstone.
    private func document(
        _ reference: TrialReference, _ operation: String, _ fields: BSONDocument
    ) throws(StoreError) -> (document: BSONDocument?, isDeleted: Bool) {
        let found = try find(
            operation, in: reference.experiment.text,
            ["category": "trialwatch", "trial_id": BSON(reference.number)], ["projection": .document(fields)])
        guard let document = found.first else { return (nil, false) }
        return document["state"]?.string == "deleted" ? (nil, true) : (document, false)
    }

    /// One trial with its capture whole, whoever wrote it.
    func trial(_ reference: TrialReference, now: Timestamp) throws(StoreError) -> StoredTrial? {
        let found = try document(reference, "reading a trial", ["document": 1, "state": 1])
        if found.isDeleted { return nil }
        guard let text = found.document?["document"]?.string else { return try pythonTrial(reference, now: now) }
        let read = try StoredDocument(Array(text.utf8), reference)
        var trial = read.trial
        if let folded = read.capture { trial.capture = try capture(folded, of: reference) }
        return trial
    }

    /// A capture with its texts put back.
    func capture(_ folded: JSON.Object, of reference: TrialReference) throws(StoreError) -> TrialCapture {
        let digests = Set(FoldedTexts.digests(in: folded))
        var texts: [String: JSON] = [:]
        if !digests.isEmpty {
            let found = try find(
                "reading a trial", in: reference.experiment.text,
                ["_id": ["$in": .array(digests.map { OwnDocuments.textID($0) })]])
            for fields in found {
                guard let id = fields["_id"]?.string, let text = fields["value"]?.string else { continue }
                texts[String(id.dropFirst(5))] = try? JSON(parsing: text)
            }
        }
        let whole = try FoldedTexts.unfold(folded) { (digest) in texts[digest] }
        do throws(JSONError) { return try JSON.object(whole).decode() } catch {
            throw StoredDocument.unreadable(reference, "\(error)")
        }
    }

    /// Points of a series of a trial, whoever wrote it.
    func series(
        _ name: String, of reference: TrialReference, range: Range<Int>?, atMost most: Int?
    ) throws(StoreError) -> MetricSeries? {
        let found = try document(reference, "reading a series", ["state": 1, "series": 1])
        if found.isDeleted { return nil }
        guard let document = found.document else {
            return try pythonSeries(name, of: reference, range: range, atMost: most)
        }
        let records = (document["series"]?.array ?? []).lazy.filter { $0.document?["name"]?.string == name }
        guard let record = records.compactMap({ SeriesRecord($0) }).first else { return nil }
        let range = (range ?? 0..<record.count).clamped(to: 0..<record.count)
        var thinning = SeriesThinning(count: range.count, most: most ?? .max)
        try record.forEachPoint(
            in: range, { (chunk) throws(StoreError) in try points(chunk, in: reference.experiment) }
        ) { place, point in thinning.add(point, at: place - range.lowerBound) }
        return MetricSeries(name: name, count: record.count, points: thinning.finish())
    }
}
