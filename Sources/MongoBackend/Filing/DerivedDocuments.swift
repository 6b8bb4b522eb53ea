internal import Mongo
internal import Pickle
internal import Records
internal import Trials

/// daskperiment's documents of a trial, made from its own: each has the revision that wrote it (`trialwatch`), so that one
/// who comes late never overwrites what a later filing made.
struct DerivedDocuments {
    /// Whole documents, by `_id`; that of the trial itself, the moment daskperiment sees it, is the last.
    private(set) var documents: [BSONDocument] = []
    /// Documents whose end changes, by the series whose they are.
    private(set) var changes: [(series: String, update: BSONDocument)] = []

    private let trial: StoredTrial
    private let names: NameList

    /// What a run's filings change of them, or all of them.
    ///
    /// `capture` is the capture whole, when it is needed; `kept` has by digest what steps kept as files.
    init(
        _ state: RunState, _ listings: [String: SeriesRecord.ListingChange], all: Bool, capture: TrialCapture?,
        kept: [String: [UInt8]], _ batch: FilingBatch
    ) throws(StoreError) {
        trial = state.trial
        names = batch.names
        if let capture { try add(capture, batch.texts) }
        for record in state.series {
            try add(record, all ? .whole : listings[record.name] ?? .nothing, batch.load)
        }
        if all || state.hasNewFacts {
            for value in trial.facts.persisted {
                add(step: value.name, PersistRecord.pickle(value.value).pickled())
            }
        }
        for part in all ? trial.parts : state.newParts where [.persist, .pickle].contains(part.role) {
            add(step: part.name, Self.pickle(part, kept[part.digest]))
        }
        guard all || state.hasNewFacts || state.hasNewHistory else { return }
        var fields: [(String, BSON)] = [
            ("parameter", .binary(ParameterRecord(trial.facts.parameters).pickle.pickled()))
        ]
        if let history = state.history { fields.append(("history", .binary(history))) }
        add("trial", "trial:\(state.number)", fields)
    }

    /// The largest file that a document of daskperiment's holds.
    static let largestKept = 12 << 20

    /// What daskperiment gets of a part, when it has to be read for it.
    static func isInline(_ part: PartReference) -> Bool {
        switch part.role {
        case .pickle: part.size <= largestKept
        case .persist: part.size <= PersistRecord.largestInline
        default: false
        }
    }

    private static func pickle(_ part: PartReference, _ content: [UInt8]?) -> [UInt8] {
        switch (part.role, content) {
        case (.pickle, let content?): content
        case (_, let content?): PersistRecord.pickle(content: content).pickled()
        default: PersistRecord.pickle(reference: part, path: "trialwatch.parts/\(part.digest)").pickled()
        }
    }

    private mutating func add(_ category: String, _ id: String, _ fields: [(String, BSON)]) {
        var document: BSONDocument = [
            "_id": .string(id), "experiment_id": .string(trial.reference.experiment.text),
            "category": .string(category),
            "trial_id": BSON(trial.reference.number),
        ]
        for (name, value) in fields { document.append(name, value) }
        document.append("trialwatch", BSON(trial.revision.number))
        documents.append(document)
    }

    private mutating func add(_ capture: TrialCapture, _ known: CaptureTexts) throws(StoreError) {
        let number = trial.reference.number
        let texts = try DaskperimentTexts(capture, number: number, known)
        if let code = texts.code { add("code", "code:\(number)", [("value", .string(code))]) }
        guard !texts.environment.isEmpty else { return }
        add("environment", "environment:\(number)", texts.environment.map { ($0.name, .string($0.text)) })
    }

    private mutating func add(step: String, _ pickle: [UInt8]) {
        let stored = names.stored(.step, step)
        let id = "persist:\(trial.reference.number):\(stored)"
        documents.removeAll { $0["_id"]?.string == id }
        add("persist", id, [("step", .string(stored)), ("value", .binary(pickle))])
    }

    private mutating func add(
        _ record: SeriesRecord, _ change: SeriesRecord.ListingChange, _ load: SeriesRecord.Load
    ) throws(StoreError) {
        let stored = names.stored(.metric, record.name)
        let id = "metric:\(trial.reference.number):\(stored)"
        func pickles(from first: Int) throws(StoreError) -> BSON {
            var pickles: [BSON] = []
            try record.forEachPoint(in: first..<record.count, load) { _, point in
                pickles.append(.binary(PointPickle.bytes(point)))
            }
            return .array(pickles)
        }
        let revision = BSON(trial.revision.number)
        switch change {
        case .nothing: break
        case .whole:
            // The newest that fit.
            let value = try pickles(from: max(0, record.count - SeriesRecord.mostListed))
            add("metric", id, [("metric_key", .string(stored)), ("value", value)])
        case .append(let first, let before):
            changes.append(
                (
                    record.name,
                    [
                        "q": ["_id": .string(id), "trialwatch": BSON(before)],
                        "u": [
                            "$push": ["value": ["$each": try pickles(from: first)]], "$set": ["trialwatch": revision],
                        ],
                    ]
                ))
        case .splice(let first, let before):
            let kept: BSON = ["$slice": ["$value", BSON(first)]]
            let value: BSON = ["$concatArrays": [kept, ["$literal": try pickles(from: first)]]]
            changes.append(
                (
                    record.name,
                    [
                        "q": ["_id": .string(id), "trialwatch": BSON(before)],
                        "u": [["$set": ["value": value, "trialwatch": ["$literal": revision]]]],
                    ]
                ))
        }
    }

    /// Puts a document where it belongs, unless a later filing has been there.
    static func replacement(of document: BSONDocument) -> BSONDocument {
        [
            "q": ["_id": document["_id"] ?? .null, "trialwatch": ["$lt": document["trialwatch"] ?? 0]],
            "u": .document(document), "upsert": true,
        ]
    }
}
