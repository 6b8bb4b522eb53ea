internal import JSON
internal import Mongo
internal import Trials

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
