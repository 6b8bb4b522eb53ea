internal import Mongo
public import Trials

extension MongoBackend {
    /// Deletes trials for good; each leaves a tombstone.
    public func delete(_ trials: [TrialReference]) async throws(StoreError) {
        var groups: [Experiment.ID: [Int]] = [:]
        for trial in trials { groups[trial.experiment, default: []].append(trial.number) }
        for (id, numbers) in groups {
            try reading { (session) throws(StoreError) in try delete(numbers, of: id, session) }
        }
    }

    private static let operation = "deleting trials"

    private func delete(
        _ numbers: [Int], of id: Experiment.ID, _ session: MongoSession
    ) throws(StoreError) {
        let given: BSON = .array(numbers.map { BSON($0) })
        let found = try session.find(
            Self.operation, in: id.text, ["category": ["$in": ["trialwatch", "trial"]], "trial_id": ["$in": given]],
            ["projection": ["category": 1, "trial_id": 1, "state": 1]])
        let known = Set(found.compactMap { $0["trial_id"]?.int })
        guard !known.isEmpty else { return }
        let own = found.filter { $0["category"]?.string == "trialwatch" }
        // Its texts and parts are on it until they are removed, so that whoever deletes it again removes them.
        let tombstone: BSON = [
            "$set": ["state": "deleted", "deleted": .string(now().description)],
            "$unset": ["document": "", "series": "", "history": "", "revision": "", "status": ""],
            "$currentDate": ["changed": ["$type": "timestamp"]],
        ]
        // First of all, so that whoever files to one now finds it deleted.
        let open = own.filter { $0["state"]?.string != "deleted" }.compactMap { $0["_id"] }
        if !open.isEmpty {
            _ = try session.update(
                Self.operation, [["q": ["_id": ["$in": .array(open)]], "u": tombstone, "multi": true]], in: id.text)
        }
        try session.delete(Self.operation, OwnDocuments.all(of: Array(known)), from: id.text)
        let tombstones: BSONDocument = [
            "category": "trialwatch", "trial_id": ["$in": given], "state": "deleted",
            "$or": [["texts": ["$exists": true]], ["parts": ["$exists": true]]],
        ]
        let left = try session.find(Self.operation, in: id.text, tombstones, ["projection": ["texts": 1, "parts": 1]])
        guard !left.isEmpty else { return }
        try deleteTexts(Set(left.flatMap { $0["texts"]?.array?.compactMap(\.string) ?? [] }), of: id, session)
        try deleteParts(Set(left.flatMap { $0["parts"]?.array?.compactMap(\.string) ?? [] }), session)
        let done: BSON = ["$unset": ["texts": "", "parts": ""]]
        _ = try session.update(
            Self.operation,
            [["q": ["_id": ["$in": .array(left.compactMap { $0["_id"] })]], "u": done, "multi": true]], in: id.text)
    }

    /// Digests among those given that trials of an experiment have which are not deleted.
    private func used(
        _ field: String, _ digests: Set<String>, by id: String, _ session: MongoSession
    ) throws(StoreError) -> Set<String> {
        let among: BSON = ["$in": .array(digests.map { .string($0) })]
        let path = "$\(field)"
        let stages: BSON = [
            [
                "$match": .document(
                    (["category": "trialwatch", "state": ["$ne": "deleted"]] as BSONDocument).adding(field, among))
            ],
            ["$project": .document(BSONDocument().adding(field, 1))], ["$unwind": .string(path)],
            ["$match": .document(BSONDocument().adding(field, among))], ["$group": ["_id": .string(path)]],
        ]
        let found = try session.all(
            Self.operation, ["aggregate": .string(id), "pipeline": stages, "cursor": [:]], of: id)
        return Set(found.compactMap { $0["_id"]?.string })
    }

    private func deleteTexts(
        _ digests: Set<String>, of id: Experiment.ID, _ session: MongoSession
    ) throws(StoreError) {
        guard !digests.isEmpty else { return }
        let unused = digests.subtracting(try used("texts", digests, by: id.text, session))
        guard !unused.isEmpty else { return }
        let ids: BSON = .array(unused.map { OwnDocuments.textID($0) })
        let texts = try session.find(Self.operation, in: id.text, ["_id": ["$in": ids]])
        try session.delete(Self.operation, ["_id": ["$in": ids]], from: id.text)
        knownTexts[id] = nil
        // Somebody may have filed a trial with one of them meanwhile.
        let back = try used("texts", unused, by: id.text, session)
        let restored = texts.filter { text in back.contains { OwnDocuments.textID($0) == text["_id"] } }
        _ = try session.insert(Self.operation, restored, into: id.text)
    }

    private func deleteParts(_ digests: Set<String>, _ session: MongoSession) throws(StoreError) {
        guard !digests.isEmpty else { return }
        // Whoever files a trial with one of them looks at them after the trial is there, and takes the mark away: either its
        // trial is found here, or it finds the mark or nothing.
        let mark = BSON.objectID(ObjectID(seconds: seconds))
        func marked(_ digests: Set<String>) -> BSONDocument {
            ["_id": ["$in": .array(digests.map { .string($0) })], "leaving": mark]
        }
        let all: BSON = ["_id": ["$in": .array(digests.map { .string($0) })]]
        _ = try session.update(
            Self.operation, [["q": all, "u": ["$set": ["leaving": mark]], "multi": true]], in: PartsCollection.name)
        var unused = digests
        for experiment in try session.find(Self.operation, in: ExperimentsCollection.name, [:]) where !unused.isEmpty {
            guard let id = experiment["_id"]?.string else { continue }
            unused.subtract(try used("parts", unused, by: id, session))
        }
        _ = try session.update(
            Self.operation,
            [
                [
                    "q": .document(marked(digests.subtracting(unused))), "u": ["$unset": ["leaving": ""]],
                    "multi": true,
                ]
            ], in: PartsCollection.name)
        guard !unused.isEmpty else { return }
        let parts = try session.find(
            Self.operation, in: PartsCollection.name, marked(unused), ["projection": ["file": 1]])
        for part in parts {
            guard let file = part["file"]?.objectID, let digest = part["_id"]?.string else { continue }
            // Its bytes go like those of an upload that came to no end.
            try begin(file, of: digest, session)
            if try session.delete(Self.operation, marked([digest]), from: PartsCollection.name) > 0 {
                try remove(file, session)
            } else {
                try session.delete(
                    Self.operation, ["_id": .objectID(file)], from: PartsCollection.uploads, .written)
            }
        }
        try session.delete(Self.operation, marked(unused), from: PartsCollection.name)
    }
}

extension BSONDocument {
    fileprivate func adding(_ name: String, _ value: BSON) -> BSONDocument {
        var document = self
        document.append(name, value)
        return document
    }
}
