internal import Redis
internal import Trials

extension RedisBackend {
    /// Files to one experiment; gives the answers that are known in any case, and what hindered the others.
    func file(_ requests: [FilingRequest], to experiment: Experiment.ID) -> (answers: [Filed], failure: StoreError?) {
        var answers = [Filed](repeating: .notReached, count: requests.count)
        var open = Array(requests.indices)
        do throws(StoreError) {
            // Somebody else files the same runs: in the end one of both has come first.
            for round in 0..<16 where !open.isEmpty {
                let (reached, again, failure) = try writing { (session) throws(StoreError) in
                    try file(open, of: requests, to: experiment, session, isFirst: round == 0)
                }
                for (place, answer) in reached { answers[place] = answer }
                if let failure { throw failure }
                open = again
            }
            return (answers, nil)
        } catch {
            return (answers, error)
        }
    }

    private func file(
        _ open: [Int], of requests: [FilingRequest], to experiment: Experiment.ID, _ session: RedisSession,
        isFirst: Bool
    ) throws(StoreError) -> (reached: [(Int, Filed)], again: [Int], failure: StoreError?) {
        let round = try FilingRound(
            open, of: requests, in: experiment, session, isFirst: isFirst, knownTexts: knownTexts[experiment] ?? [],
            texts, uploadNames, now: now())
        // Nothing counts before a replica has it, where there are any.
        let hasReplicas = try session.replicaCount() > 0
        do throws(StoreError) {
            for place in open { try round.file(place) }
            try round.take()
            try waitForReplica(session)
        } catch {
            closeSession()
            knownTexts[experiment] = nil
            let reached = round.reached.filter { if case .done = $0.answer { !hasReplicas } else { true } }
            return (reached, [], error)
        }
        let isKnown = round.knownTexts.count <= 10_000
        knownTexts[experiment] = isKnown ? round.knownTexts : nil
        return (round.reached, round.again, round.failure)
    }
}
