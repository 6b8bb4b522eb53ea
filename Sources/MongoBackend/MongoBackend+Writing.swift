internal import Mongo
public import Trials

extension MongoBackend: TrialWriter {
    /// Connects, proves that the server keeps what it acknowledges, and sweeps what interrupted uploads left.
    public func prepare() async throws(StoreError) -> Readiness {
        disconnect()
        return try connected { (session) throws(StoreError) in
            // The first write concern that a server cannot satisfy is refused here: one without a journal, a lost majority.
            try session.confirm("connecting", in: ExperimentsCollection.name)
            try sweepUploads(session)
            var notices: [Notice] = []
            if session.server.isRouter {
                notices.append(
                    Notice(
                        "the server stands before a sharded cluster: do not shard the experiments' collections, as run keys and "
                            + "numbers could then be there twice"))
            }
            return Readiness(notices: notices)
        }
    }

    /// Files each run once, some hundred in six steps.
    public func file(_ filings: [Filing]) async throws(StoreError) -> [Filed] {
        try file(filings.map { FilingRequest(filing: $0, number: nil, filed: nil) })
    }

    /// Takes trials over under the numbers that they have.
    public func restore(_ trials: [RestoredTrial]) async throws(StoreError) -> [Filed] {
        try file(trials.map { FilingRequest(filing: $0.filing, number: $0.number, filed: $0.filed) })
    }

    private func file(_ requests: [FilingRequest]) throws(StoreError) -> [Filed] {
        var answers = [Filed](repeating: .notReached, count: requests.count)
        var groups: [Experiment.ID: [Int]] = [:]
        for (place, request) in requests.enumerated() { groups[request.filing.experiment, default: []].append(place) }
        var failure: StoreError?
        // In the order of first appearance, so that what is not reached is the end of the batch.
        for experiment in groups.keys.sorted(by: { (groups[$0]?.first ?? 0) < (groups[$1]?.first ?? 0) }) {
            let places = groups[experiment] ?? []
            let filed = file(places.map { requests[$0] }, to: experiment)
            for (place, answer) in zip(places, filed.answers) { answers[place] = answer }
            guard let hindrance = filed.failure else { continue }
            guard hindrance.kind == .misconfigured, takesOthers else {
                // A server that is away is away for all of them.
                failure = hindrance
                break
            }
            // What only somebody with mongosh can mend in one collection keeps its own trials waiting, and no others.
            for place in places where answers[place] == .notReached { answers[place] = .refused(hindrance) }
        }
        if let failure, answers.allSatisfy({ $0 == .notReached }) { throw failure }
        return answers
    }

    /// Whether the store takes writes at all.
    private var takesOthers: Bool {
        do throws(StoreError) {
            try connected { (session) throws(StoreError) in
                try session.confirm("filing", in: ExperimentsCollection.name)
            }
            return true
        } catch {
            return false
        }
    }

    /// What the store holds for these runs.
    public func locate(_ keys: [RunKey], in experiment: Experiment.ID) async throws(StoreError) -> [RunKey: Filed] {
        guard !keys.isEmpty else { return [:] }
        return try reading { (session) throws(StoreError) in
            let found = try session.find(
                "looking up runs", in: experiment.text,
                ["category": "trialwatch", "run_key": ["$in": .array(keys.map { .string($0.text) })]],
                ["projection": ["run_key": 1, "trial_id": 1, "revision": 1, "state": 1]])
            var located: [RunKey: Filed] = [:]
            for fields in found {
                guard let key = fields["run_key"]?.string.flatMap({ RunKey($0) }), let number = fields["trial_id"]?.int
                else { continue }
                let reference = TrialReference(experiment: experiment, number: number)
                switch fields["state"]?.string {
                case "deleted": located[key] = .deleted(reference)
                // One that is not finished is filed again.
                case "filing": continue
                default: located[key] = .done(reference, Revision(fields["revision"]?.int ?? 0), [])
                }
            }
            return located
        }
    }

    /// Python processes take their numbers from the same counter and write the same documents: there is nothing to take over.
    public func reconcile(_ experiment: Experiment.ID) async throws(StoreError) -> [Notice] { [] }

    /// Nothing is derived later than it is filed, but for long series of running trials.
    public func synchronize() async throws(StoreError) {}
}
