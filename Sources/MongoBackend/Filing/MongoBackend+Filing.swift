internal import Mongo
internal import SystemCalls
internal import Trials

extension MongoBackend {
    /// Files to one experiment; gives the answers that are known in any case, and what hindered the others.
    func file(_ requests: [FilingRequest], to id: Experiment.ID) -> (answers: [Filed], failure: StoreError?) {
        var answers = [Filed](repeating: .notReached, count: requests.count)
        var open = Array(requests.indices)
        var attempt = 0
        var isSecondTry = false
        while !open.isEmpty {
            let wasConnected = isConnected
            do throws(StoreError) {
                let round = try connected { (session) throws(StoreError) in
                    try file(requests, open, to: id, session)
                }
                for place in open { if let answer = round.answer(place) { answers[place] = answer } }
                open = open.filter { round.answer($0) == nil }
                guard !open.isEmpty else { break }
                attempt += 1
                if attempt > 300 {
                    return (
                        answers,
                        StoreError(
                            .unavailable, "filing", "\(subject) \(id)",
                            reason: "others file the same runs all the time", isTransient: true)
                    )
                }
                // What others have written is seen when a majority has it.
                Clock.pause(milliseconds: min(2 * attempt, 20))
            } catch {
                knownTexts[id] = nil
                names[id] = nil
                // A connection that rested may have been closed, and another member may be the primary: once more, at once.
                guard error.isTransient, wasConnected, !isSecondTry else { return (answers, error) }
                isSecondTry = true
            }
        }
        return (answers, nil)
    }

    private func file(
        _ requests: [FilingRequest], _ open: [Int], to id: Experiment.ID, _ session: MongoSession
    ) throws(StoreError) -> FilingRound {
        try makeIndexes(id, session)
        let batch = FilingBatch(now: now(), texts: texts) { (chunk) throws(StoreError) in
            try session.points(chunk, in: id)
        }
        if let known = names[id] { batch.names = known } else { batch.names = try session.names(of: id) }
        let known = knownTexts[id] ?? []
        var round = FilingRound(requests, to: id, session, batch, knownTexts: known)
        try round.run(open)
        let isAgreed = !batch.names.isChanged
        names[id] = isAgreed ? batch.names : nil
        knownTexts[id] = round.knownTexts.count <= 10_000 ? round.knownTexts : nil
        return round
    }

    /// Makes an experiment's collection ready for several agents at once.
    private func makeIndexes(_ id: Experiment.ID, _ session: MongoSession) throws(StoreError) {
        guard !indexed.contains(id) else { return }
        let operation = "making the indexes of \(id)"
        do throws(StoreError) {
            _ = try session.run(
                operation,
                [
                    "createIndexes": .string(id.text), "indexes": .array(Indexes.all),
                    "writeConcern": MongoSession.Concern.durable.document,
                ])
        } catch {
            guard error.reason.contains("E11000") else { throw error }
            throw StoreError(
                .misconfigured, operation, subject,
                reason: "the collection holds two documents where one may be: \(error.reason)",
                remedy: "look at both with mongosh, and remove the one that is wrong", isTransient: true)
        }
        _ = try session.insert(operation, [["_id": .string(id.text)]], into: ExperimentsCollection.name)
        indexed.insert(id)
    }
}

/// The list of experiments that were filed to.
enum ExperimentsCollection {
    static let name = "trialwatch.experiments"
}

extension MongoSession {
    /// The names by which an experiment's series and steps are stored.
    func names(of id: Experiment.ID) throws(StoreError) -> NameList {
        let found = try find("reading names", in: id.text, ["_id": NameList.identifier])
        return found.first.map { NameList($0) } ?? NameList()
    }

    /// The points of a chunk.
    func points(_ chunk: ObjectID, in id: Experiment.ID) throws(StoreError) -> [MetricPoint] {
        // It may not be durable yet; then neither is what refers to it.
        let reply = try run(
            "reading a series",
            ["find": .string(id.text), "filter": ["_id": .objectID(chunk)], "limit": 1, "singleBatch": true])
        guard let fields = reply["cursor"]?.document?["firstBatch"]?.array?.first?.document,
            let bytes = fields["value"]?.binary
        else {
            throw StoreError(
                .unavailable, "reading a series", "\(shown) \(id)", reason: "a piece of it has just been replaced",
                isTransient: true)
        }
        return PointBytes.points(bytes)
    }
}
