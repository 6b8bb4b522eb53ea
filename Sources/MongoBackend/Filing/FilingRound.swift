internal import JSON
internal import Mongo
internal import Pickle
internal import Records
internal import Trials

/// Filings of one experiment, brought into the store in six steps: each may be done again, by this agent or another.
///
/// What the store has of the runs is looked up; new ones take numbers; each trial's own document is written, not yet finished;
/// then daskperiment's, the trial last; then the own ones are finished. Nothing is told before.
struct FilingRound {
    let id: Experiment.ID
    let requests: [FilingRequest]
    let session: MongoSession
    let batch: FilingBatch
    /// Texts that the store has, as far as is known.
    var knownTexts: Set<String>

    /// Answers that count when all is done, by place.
    private(set) var answers: [Int: Answer] = [:]
    /// What has to be filed again: somebody else filed the run in between.
    private(set) var again: Set<RunKey> = []
    private var states: [RunKey: RunState] = [:]
    private var order: [RunKey] = []
    private var deleted: [RunKey: Int] = [:]
    private var isWritten = false

    enum Answer {
        case done(RunKey, Revision, [Notice])
        case known(Filed)
    }

    private var operation: String { "filing" }
    private var collection: String { id.text }

    init(
        _ requests: [FilingRequest], to id: Experiment.ID, _ session: MongoSession, _ batch: FilingBatch,
        knownTexts: Set<String>
    ) {
        self.requests = requests
        self.id = id
        self.session = session
        self.batch = batch
        self.knownTexts = knownTexts
    }

    /// The answer to a request; nil when it has to be filed again.
    func answer(_ place: Int) -> Filed? {
        if again.contains(requests[place].filing.key) { return nil }
        switch answers[place] {
        case .known(let filed): return filed
        case .done(let key, let revision, let notices):
            guard let state = states[key] else { return nil }
            return .done(TrialReference(experiment: id, number: state.number), revision, notices)
        case nil: return nil
        }
    }

    /// Does it all. `open` are the places of the requests that have no answer yet.
    mutating func run(_ open: [Int]) throws(StoreError) {
        try lookUp(open.map { requests[$0] })
        for place in open { try apply(place) }
        try number()
        if batch.names.isChanged, try !batch.names.save(id, session) {
            again = Set(open.map { requests[$0].filing.key })
            return
        }
        try writeOwn()
        try writeDerived()
        try finish()
        if !deleted.isEmpty {
            // Somebody may have been filing to one while it was deleted.
            try session.delete(operation, OwnDocuments.all(of: Array(deleted.values)), from: collection)
        }
        if !isWritten, answers.values.contains(where: { if case .done = $0 { true } else { false } }) {
            // What others have written counts when it is durable, too.
            try session.confirm(operation, in: collection)
        }
    }

    // MARK: 1. What is there

    private mutating func lookUp(_ requests: [FilingRequest]) throws(StoreError) {
        let keys = Set(requests.map(\.filing.key))
        let found = try session.find(
            "looking up runs", in: collection,
            ["category": "trialwatch", "run_key": ["$in": .array(keys.map { .string($0.text) })]])
        for fields in found {
            guard let key = fields["run_key"]?.string.flatMap({ RunKey($0) }), let number = fields["trial_id"]?.int
            else {
                continue
            }
            let reference = TrialReference(experiment: id, number: number)
            if fields["state"]?.string == "deleted" {
                deleted[key] = number
            } else if let state = try RunState(fields, reference) {
                states[key] = state
                order.append(key)
            } else {
                throw StoredDocument.unreadable(reference, "its document lacks what it has to have")
            }
        }
        let digests = Set(
            requests.flatMap { request in
                request.filing.parts.map(\.digest) + (request.filing.capture?.lockfiles.compactMap(\.sha256) ?? [])
            })
        if !digests.isEmpty {
            let parts = try session.find(
                "looking up parts", in: PartsCollection.name, ["_id": ["$in": .array(digests.map { .string($0) })]],
                ["projection": ["_id": 1]])
            batch.parts = Set(parts.compactMap { $0["_id"]?.string })
        }
        let steps = Set(requests.flatMap { $0.filing.facts.stepHashes.map { StepOutputs.name($0) } })
        guard !steps.isEmpty else { return }
        let outputs = try session.find(
            "looking up steps", in: collection,
            ["category": "step_hash", "input_hash": ["$in": .array(steps.map { .string($0) })]])
        for fields in outputs {
            if let name = fields["input_hash"]?.string, let output = fields["value"]?.string {
                batch.outputs.add(name, output)
            }
        }
    }

    /// Takes one request in, in memory.
    private mutating func apply(_ place: Int) throws(StoreError) {
        let request = requests[place]
        let key = request.filing.key
        if let number = deleted[key] {
            answers[place] = .known(.deleted(TrialReference(experiment: id, number: number)))
            return
        }
        var state = states[key] ?? RunState(request, id: ObjectID(seconds: batch.seconds))
        do throws(StoreError) {
            if let number = request.number {
                guard (1...1 << 40).contains(number) else { throw state.refused("a trial has a number from 1 on") }
                if states[key] != nil, state.number != number {
                    throw state.refused("the run is filed under this number, and not under \(number)")
                }
                if states[key] == nil {
                    let isGiven = states.values.contains { $0.number == number }
                    let isTaken = try isTaken(number)
                    guard !isGiven, !isTaken else {
                        throw state.refused("the number names another run", "copy with new numbers")
                    }
                }
            }
            if request.filing.revision <= state.trial.revision {
                answers[place] = .done(key, state.trial.revision, [])
                return
            }
            let notices = try state.apply(request, at: place, batch)
            answers[place] = .done(key, request.filing.revision, notices)
            if states[key] == nil { order.append(key) }
            states[key] = state
        } catch {
            // What concerns the whole store concerns every filing; what is wrong with one stays with it.
            guard error.kind == .refused else { throw error }
            answers[place] = .known(.refused(error))
        }
    }

    private func isTaken(_ number: Int) throws(StoreError) -> Bool {
        let filter: BSONDocument = ["category": ["$in": ["trial", "trialwatch"]], "trial_id": BSON(number)]
        return try !session.find(operation, in: collection, filter, ["limit": 1, "projection": ["_id": 1]]).isEmpty
    }

    // MARK: 2. Numbers

    private mutating func number() throws(StoreError) {
        let new = order.filter { states[$0]?.stored == nil }
        var open = new.filter { states[$0]?.number == 0 }
        let given = new.compactMap { key in states[key].flatMap { $0.number > 0 ? $0.number : nil } }
        if let highest = given.max() { _ = try count(["$max": ["value": BSON(highest)]]) }
        while !open.isEmpty {
            let last = try count(["$inc": ["value": BSON(open.count)]])
            let numbers = Array((last - open.count + 1)...last)
            // Only a counter that was set back gives numbers that are taken.
            let filter: BSONDocument = [
                "category": ["$in": ["trial", "trialwatch"]], "trial_id": ["$in": .array(numbers.map { BSON($0) })],
            ]
            let found = try session.find(operation, in: collection, filter, ["projection": ["trial_id": 1]])
            let taken = Set(found.compactMap { $0["trial_id"]?.int })
            for number in numbers where !taken.contains(number) { states[open.removeFirst()]?.setNumber(number) }
        }
        try compareEnvironments()
    }

    /// Moves the counter; gives its value. It becomes durable with the trials that are written after it.
    private func count(_ update: BSONDocument) throws(StoreError) -> Int {
        let command: BSONDocument = [
            "findAndModify": .string(collection), "query": ["category": "trial_id", "experiment_id": .string(id.text)],
            "update": .document(update), "upsert": true, "new": true,
            "writeConcern": MongoSession.Concern.written.document,
        ]
        for attempt in 0... {
            do throws(StoreError) {
                let reply = try session.run("taking a number", command)
                guard let value = reply["value"]?.document?["value"]?.int else { break }
                return value
            } catch {
                // Of several that come first at once, one makes the counter.
                guard error.reason.contains("E11000"), attempt < 20 else { throw error }
            }
        }
        throw StoreError(
            .damaged, "taking a number", id.text, reason: "the experiment's counter holds no number",
            remedy: "look at its document with category trial_id", isTransient: false)
    }

    /// Tells of environments that differ from that of the trial before.
    private mutating func compareEnvironments() throws(StoreError) {
        var byNumber: [Int: RunKey] = [:]
        for (key, state) in states { byNumber[state.number] = key }
        var marks: [Int: JSON.Object] = [:]
        let captured = states.values.filter { $0.capturedBy != nil && $0.number > 1 }
        let missing = Set(captured.map { $0.number - 1 }.filter { byNumber[$0] == nil })
        if !missing.isEmpty {
            let found = try session.find(
                operation, in: collection,
                ["category": "trialwatch", "trial_id": ["$in": .array(missing.map { BSON($0) })]],
                ["projection": ["trial_id": 1, "document": 1]])
            for fields in found {
                guard let number = fields["trial_id"]?.int, let text = fields["document"]?.string,
                    let document = (try? JSON(parsing: text))?.object, let capture = document["capture"]?.object
                else { continue }
                marks[number] = FoldedTexts.marks(in: capture)
            }
        }
        for state in captured {
            let before = state.number - 1
            guard let place = state.capturedBy, let key = state.trial.key,
                let old = byNumber[before].flatMap({ states[$0]?.marks }) ?? marks[before]
            else { continue }
            let compared = FilingNotices.comparedCategories.map(\.rawValue)
            let changed = compared.filter { old[$0] != nil && state.marks[$0] != nil && old[$0] != state.marks[$0] }
            guard !changed.isEmpty else { continue }
            let notice = FilingNotices.changedEnvironment(since: "\(before)", changed.joined(separator: ", "))
            states[key]?.tell([notice])
            if case .done(let key, let revision, let notices) = answers[place] {
                answers[place] = .done(key, revision, notices + [notice])
            }
        }
    }

    // MARK: 3. The trials' own documents

    private var listings: [RunKey: [String: SeriesRecord.ListingChange]] = [:]
    private var written: [RunKey] = []
    private var assumedTexts: [String: JSON] = [:]

    private mutating func writeOwn() throws(StoreError) {
        var inserts: [BSONDocument] = []
        var updates: [BSONDocument] = []
        var runs: [Int: RunKey] = [:]
        for key in order {
            guard var state = states[key], state.isChanged else { continue }
            let isEnded = state.trial.outcome != nil
            let anew = state.stored?.isFiled != true
            var changes: [String: SeriesRecord.ListingChange] = [:]
            for place in state.series.indices {
                changes[state.series[place].name] = state.series[place].list(
                    revision: state.trial.revision.number, isEnded: isEnded, anew: anew)
            }
            states[key] = state
            let fields = state.fields(batch: batch.id)
            guard fields.size < 15 << 20,
                ParameterRecord(state.trial.facts.parameters).pickle.pickled().count < 15 << 20
            else {
                refuse(key, state.refused("its record would pass MongoDB's 16 MB"))
                continue
            }
            listings[key] = changes
            for (digest, content) in state.texts {
                if knownTexts.contains(digest) {
                    assumedTexts[digest] = content
                } else {
                    inserts.append(OwnDocuments.text(digest, content, id))
                    knownTexts.insert(digest)
                }
            }
            for record in state.series {
                for (chunk, points) in record.unsaved { inserts.append(OwnDocuments.chunk(chunk, points, state.trial)) }
            }
            if let stored = state.stored {
                updates.append([
                    "q": ["_id": .objectID(state.id), "revision": BSON(stored.revision)], "u": .document(fields),
                ])
            } else {
                runs[inserts.count] = key
                inserts.append(fields)
            }
            written.append(key)
        }
        // They become durable with what is written after them, on the same server; `finish` notices when that changed.
        if !inserts.isEmpty {
            let taken = try session.insert(operation, inserts, into: collection, .written).taken
            for (place, _) in taken { if let key = runs[place] { startAgain(key) } }
        }
        guard !updates.isEmpty else { return }
        guard try session.update(operation, updates, in: collection, .written).count < updates.count else { return }
        let ours =
            try session.run(
                operation,
                [
                    "find": .string(collection), "projection": ["run_key": 1],
                    "filter": [
                        "category": "trialwatch", "batch": .objectID(batch.id),
                        "run_key": ["$in": .array(written.map { .string($0.text) })],
                    ], "batchSize": 1000, "singleBatch": true,
                ])["cursor"]?.document?["firstBatch"]?.array ?? []
        let keys = Set(ours.compactMap { $0.document?["run_key"]?.string })
        for key in written where !keys.contains(key.text) { startAgain(key) }
    }

    private mutating func startAgain(_ key: RunKey) {
        again.insert(key)
        written.removeAll { $0 == key }
        states[key] = nil
    }

    private mutating func refuse(_ key: RunKey, _ error: StoreError) {
        for place in answers.keys where requests[place].filing.key == key { answers[place] = .known(.refused(error)) }
        states[key] = nil
    }

    // MARK: 4, 5. daskperiment's documents

    /// Runs whose last filing was begun by somebody who may be gone.
    private var unfinished: [RunKey] {
        order.filter { states[$0].map { !$0.isChanged && $0.stored?.isFiled == false } ?? false }
    }

    private func writeDerived() throws(StoreError) {
        var inserts: [BSONDocument] = []
        var trials: [BSONDocument] = []
        var replacements: [BSONDocument] = []
        var changes: [(key: RunKey, series: String, update: BSONDocument)] = []
        for key in written + unfinished {
            guard let state = states[key] else { continue }
            let all = state.stored?.isFiled != true
            let derived = try self.derived(state, all: all)
            for document in derived.documents {
                if state.stored != nil {
                    replacements.append(DerivedDocuments.replacement(of: document))
                } else if document["category"]?.string == "trial" {
                    trials.append(document)
                } else {
                    inserts.append(document)
                }
            }
            changes += derived.changes.map { (key, $0.series, $0.update) }
        }
        // One that is there already is of somebody who helped.
        _ = try session.insert(operation, inserts + trials, into: collection)
        if !changes.isEmpty {
            let updates = changes.map(\.update)
            if try session.update(operation, updates, in: collection).count < updates.count {
                // Some document is not as it was left: all are written whole, but where a later filing has been.
                for change in changes {
                    guard let state = states[change.key] else { continue }
                    let whole = try DerivedDocuments(
                        state, [change.series: .whole], all: false, capture: nil, kept: [:], batch)
                    replacements += whole.documents.filter { $0["category"]?.string == "metric" }
                        .map { DerivedDocuments.replacement(of: $0) }
                }
            }
        }
        if !replacements.isEmpty { _ = try session.update(operation, replacements, in: collection) }
    }

    private func derived(_ state: RunState, all: Bool) throws(StoreError) -> DerivedDocuments {
        var capture = state.newCapture
        if capture == nil, all, let folded = state.folded {
            capture = try session.capture(folded, of: state.trial.reference)
        }
        var kept: [String: [UInt8]] = [:]
        for part in all ? state.trial.parts : state.newParts where DerivedDocuments.isInline(part) {
            kept[part.digest] = try session.part(part.digest)
        }
        return try DerivedDocuments(
            state, state.trial.key.flatMap { listings[$0] } ?? [:], all: all, capture: capture, kept: kept, batch)
    }

    // MARK: 6. Finishing

    private mutating func finish() throws(StoreError) {
        let helped = unfinished
        let update: BSON = ["$set": ["state": "filed"], "$currentDate": ["changed": ["$type": "timestamp"]]]
        for key in helped {
            guard let state = states[key], let stored = state.stored else { continue }
            _ = try session.update(
                operation,
                [
                    [
                        "q": ["_id": .objectID(state.id), "revision": BSON(stored.revision), "state": "filing"],
                        "u": update,
                    ]
                ],
                in: collection)
            isWritten = true
        }
        guard !written.isEmpty else { return }
        var updates: [BSONDocument] = []
        for key in written {
            for step in states[key]?.steps ?? [] {
                let name = StepOutputs.name(step)
                updates.append([
                    "q": ["category": "step_hash", "input_hash": .string(name)],
                    "u": ["$set": ["experiment_id": .string(id.text), "value": .string(step.output)]], "upsert": true,
                ])
            }
        }
        let numbers = written.compactMap { states[$0]?.number }
        updates.append([
            "q": [
                "category": "trialwatch", "trial_id": ["$in": .array(numbers.map { BSON($0) })],
                "batch": .objectID(batch.id), "state": "filing",
            ], "u": update, "multi": true,
        ])
        if try session.update(operation, updates, in: collection).count < updates.count - 1 + written.count {
            // A change of primary lost some, or somebody has already gone on: looking again tells.
            for key in written { startAgain(key) }
            return
        }
        isWritten = true
        try restoreTexts()
        let dropped = written.flatMap { states[$0]?.series.flatMap(\.dropped) ?? [] }
        if !dropped.isEmpty {
            try session.delete(
                operation, ["_id": ["$in": .array(dropped.map { .objectID($0) })]], from: collection, .written)
        }
    }

    /// Somebody may have deleted the last other trial that had one of the texts.
    private mutating func restoreTexts() throws(StoreError) {
        guard !assumedTexts.isEmpty else { return }
        let ids = assumedTexts.keys.map { OwnDocuments.textID($0) }
        let found = try session.find(
            operation, in: collection, ["_id": ["$in": .array(ids)]], ["projection": ["_id": 1]])
        guard found.count < ids.count else { return }
        let there = Set(found.compactMap { $0["_id"]?.string })
        let missing = assumedTexts.filter { !there.contains(OwnDocuments.textID($0.key).string ?? "") }
        _ = try session.insert(operation, missing.map { OwnDocuments.text($0.key, $0.value, id) }, into: collection)
    }
}

/// Documents of ours beside those of the trials.
enum OwnDocuments {
    static func textID(_ digest: String) -> BSON { .string("text:\(digest)") }

    /// A long text of captures.
    static func text(_ digest: String, _ content: JSON, _ id: Experiment.ID) -> BSONDocument {
        [
            "_id": textID(digest), "experiment_id": .string(id.text), "category": "trialwatch_text",
            "value": .string(content.text()),
        ]
    }

    /// All that trials have but their own documents.
    static func all(of numbers: [Int]) -> BSONDocument {
        let categories: BSON = ["trial", "metric", "persist", "code", "environment", "trialwatch_points"]
        return ["category": ["$in": categories], "trial_id": ["$in": .array(numbers.map { BSON($0) })]]
    }

    /// A stretch of a series.
    static func chunk(_ id: ObjectID, _ points: [MetricPoint], _ trial: StoredTrial) -> BSONDocument {
        [
            "_id": .objectID(id), "experiment_id": .string(trial.reference.experiment.text),
            "category": "trialwatch_points", "trial_id": BSON(trial.reference.number),
            "value": .binary(PointBytes.bytes(points)),
        ]
    }
}
