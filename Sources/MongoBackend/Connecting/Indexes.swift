internal import Mongo

/// The indexes of an experiment's collection: what must not be there twice, and what is looked for.
enum Indexes {
    /// The index that holds a run's key, as the server names it when it is taken.
    static let runs = "trialwatch_runs"
    /// The index that holds the numbers of our trials.
    static let numbers = "trialwatch_numbers"

    static let all: [BSON] = [
        // One counter, however many agents come first at once.
        index("trialwatch_counter", ["category": 1], unique: true, ["category": "trial_id"]),
        index(runs, ["run_key": 1], unique: true, ["category": "trialwatch"]),
        index(numbers, ["trial_id": 1], unique: true, ["category": "trialwatch"]),
        index("trialwatch_trials", ["category": 1, "trial_id": 1], unique: true, ["category": "trial"]),
        // Trials of Python processes among ours.
        index("trialwatch_python", ["category": 1, "trialwatch": 1, "trial_id": 1], ["category": "trial"]),
        index("trialwatch_steps", ["input_hash": 1], ["category": "step_hash"]),
        index("trialwatch_changes", ["changed": 1], ["category": "trialwatch"]),
        index("trialwatch_deleted", ["deleted": 1], ["category": "trialwatch", "deleted": ["$exists": true]]),
        index("trialwatch_lookup", ["category": 1, "trial_id": 1, "metric_key": 1]),
    ]

    private static func index(
        _ name: String, _ key: BSONDocument, unique: Bool = false, _ filter: BSONDocument? = nil
    ) -> BSON {
        var index: BSONDocument = ["name": .string(name), "key": .document(key)]
        if unique { index["unique"] = true }
        if let filter { index["partialFilterExpression"] = .document(filter) }
        return .document(index)
    }
}
