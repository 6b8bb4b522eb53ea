internal import Git
internal import TrialAgent
internal import Trials

/// The trees that records name, by the repository that they are in.
struct NeededSnapshots {
    private var trees: [String: Set<ObjectID>] = [:]
    /// Trials that were looked at.
    private(set) var trials = 0

    subscript(store: String) -> Set<ObjectID> { trees[store] ?? [] }

    mutating func add(_ snapshot: Snapshot?) {
        guard let snapshot, let tree = ObjectID(hex: snapshot.tree) else { return }
        trees[snapshot.store, default: []].insert(tree)
    }

    /// Adds what every trial of a store names, and gives how many trials that are; throws when one of them cannot be read, for then
    /// nobody knows what it needs.
    mutating func add(_ reader: any TrialReader) async throws(CommandFailure) -> Int {
        let before = trials
        for experiment in try await reading({ () throws(StoreError) in try await reader.experiments() }) {
            var cursor: History.Cursor?
            repeat {
                let after = cursor
                let page = try await reading { () throws(StoreError) in
                    try await reader.trials(History.Query(experiment: experiment.id), after: after, limit: 500)
                }
                for row in page.rows {
                    let trial = try await reading { () throws(StoreError) in try await reader.trial(row.reference) }
                    add(trial?.capture?.snapshot)
                    trials += 1
                }
                cursor = page.next
            } while cursor != nil
        }
        return trials - before
    }
}
