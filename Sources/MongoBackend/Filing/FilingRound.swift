internal import JSON
internal import Mongo
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
    var answers: [Int: Answer] = [:]
    /// What has to be filed again: somebody else filed the run in between.
    var again: Set<RunKey> = []
    /// The runs as they are to be, in the order in which they were come to.
    var states: [RunKey: RunState] = [:]
    private(set) var order: [RunKey] = []
    private var deleted: [RunKey: Int] = [:]
    /// Runs whose own documents cannot be read.
    private var unreadable: [RunKey: StoreError] = [:]
    /// Whether something was written durably.
    var isWritten = false
    /// What becomes of daskperiment's documents of series.
    var listings: [RunKey: [String: SeriesRecord.ListingChange]] = [:]
    /// Runs whose own documents were written.
    var written: [RunKey] = []
    /// Texts of theirs that were taken to be there.
    var assumedTexts: [String: JSON] = [:]

    enum Answer {
        case done(RunKey, Revision, [Notice])
        case known(Filed)
    }

    var operation: String { "filing" }
    var collection: String { id.text }

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
        try keepParts()
    }

    /// Somebody may have deleted the last other trial that had one of the parts, before it was known that one of these has it.
    private mutating func keepParts() throws(StoreError) {
        var needed: [Int: Set<String>] = [:]
        for case (let place, .done) in answers { needed[place] = Set(requests[place].filing.parts.map(\.digest)) }
        let digests = needed.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        let gone = try session.keepParts(digests)
        for (place, parts) in needed {
            guard let part = parts.first(where: gone.contains), let state = states[requests[place].filing.key] else {
                continue
            }
            answers[place] = .known(.refused(state.missing(part)))
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
                continue
            }
            do throws(StoreError) {
                guard let state = try RunState(fields, reference) else {
                    throw StoredDocument.unreadable(reference, "its document lacks what it has to have")
                }
                states[key] = state
                order.append(key)
            } catch {
                unreadable[key] = error
            }
        }
        let digests = Set(
            requests.flatMap { request in
                request.filing.parts.map(\.digest) + (request.filing.capture?.keptParts.map(\.digest) ?? [])
            })
        batch.parts = Set(try session.heldParts(digests).keys)
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
        if let error = unreadable[key] {
            answers[place] = .known(.refused(error))
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
}
