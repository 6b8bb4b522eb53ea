internal import JSON
internal import Mongo
internal import Records
internal import Trials

/// The second step: numbers for new runs, and what is known once they have them.
extension FilingRound {
    mutating func number() throws(StoreError) {
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
}
