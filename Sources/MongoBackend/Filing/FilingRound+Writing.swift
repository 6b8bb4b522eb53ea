internal import Mongo
internal import Pickle
internal import Records
internal import Trials

/// The third to the sixth step: what is written.
extension FilingRound {
    // MARK: 3. The trials' own documents

    mutating func writeOwn() throws(StoreError) {
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

    /// Documents of whole trials that wait to be written.
    private struct Waiting {
        var inserts: [BSONDocument] = []
        /// Those by which daskperiment sees a trial.
        var trials: [BSONDocument] = []
        var replacements: [BSONDocument] = []
        var changes: [(key: RunKey, series: String, update: BSONDocument)] = []
        var size = 0

        mutating func add(_ derived: DerivedDocuments, of key: RunKey, isNew: Bool) {
            for document in derived.documents {
                size += document.size
                if !isNew {
                    replacements.append(DerivedDocuments.replacement(of: document))
                } else if document["category"]?.string == "trial" {
                    trials.append(document)
                } else {
                    inserts.append(document)
                }
            }
            for change in derived.changes {
                size += change.update.size
                changes.append((key, change.series, change.update))
            }
        }
    }

    func writeDerived() throws(StoreError) {
        var waiting = Waiting()
        for key in written + unfinished {
            guard let state = states[key] else { continue }
            let all = state.stored?.isFiled != true
            waiting.add(try derived(state, all: all), of: key, isNew: state.stored == nil)
            // A batch of large captures and long series would be many times as much in memory.
            guard waiting.size > MongoSession.largestCommand else { continue }
            try write(waiting)
            waiting = Waiting()
        }
        try write(waiting)
    }

    private func write(_ waiting: Waiting) throws(StoreError) {
        // One that is there already is of somebody who helped.
        _ = try session.insert(operation, waiting.inserts + waiting.trials, into: collection)
        var replacements = waiting.replacements
        let updates = waiting.changes.map(\.update)
        if !updates.isEmpty, try session.update(operation, updates, in: collection).count < updates.count {
            // Some document is not as it was left: all are written whole, but where a later filing has been.
            for change in waiting.changes {
                guard let state = states[change.key] else { continue }
                let whole = try DerivedDocuments(
                    state, [change.series: .whole], all: false, capture: nil, kept: [:], batch)
                replacements += whole.documents.filter { $0["category"]?.string == "metric" }
                    .map { DerivedDocuments.replacement(of: $0) }
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

    mutating func finish() throws(StoreError) {
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
