internal import JSON
internal import Mongo
internal import Records
public import Trials

extension MongoBackend: TrialReader {
    /// Every experiment that has a counter: ours, and those of Python processes alone.
    public func experiments() async throws(StoreError) -> [Experiment] {
        try reading { (session) throws(StoreError) in
            let operation = "listing the experiments"
            let collections = try session.all(
                operation, ["listCollections": 1, "nameOnly": true, "filter": ["type": "collection"]],
                of: "$cmd.listCollections")
            var found: [Experiment] = []
            for id in collections.compactMap({ $0["name"]?.string.flatMap { Experiment.ID($0) } }) {
                guard let last = try session.lastNumber(of: id) else { continue }
                let newest = try session.find(
                    operation, in: id.text, ["category": "trialwatch", "changed": ["$gt": .timestamp(0, 0)]],
                    ["sort": ["changed": -1], "limit": 1, "projection": ["changed": 1]])
                var filed: Timestamp?
                if case .timestamp(let seconds, _)? = newest.first?["changed"] {
                    filed = Timestamp(nanoseconds: Int(seconds) * 1_000_000_000, offset: now().offset)
                }
                found.append(Experiment(id: id, lastNumber: last, lastFiled: filed))
            }
            return found.sorted { $0.id < $1.id }
        }
    }

    /// A page of trials: ours by one question, those of Python processes by another.
    public func trials(
        _ query: History.Query, after cursor: History.Cursor?, limit: Int
    ) async throws(StoreError) -> History.Page {
        try reading { (session) throws(StoreError) in
            let id = query.experiment
            guard try session.lastNumber(of: id) != nil else {
                throw StoreError(
                    .notFound, "reading the history", id.text, reason: "there is no such experiment",
                    remedy: "`trialwatch experiments` lists them", isTransient: false)
            }
            // One more than asked for tells whether there is a next page.
            let own = try ownTrials(query, after: cursor, limit: limit + 1, session)
            let python = try pythonTrials(query, after: cursor, limit: limit + 1, session)
            let all = (own + python).sorted {
                ($0.reference.number < $1.reference.number) != query.newestFirst
            }
            let rows = all.prefix(limit).map { History.Row($0) }
            let end = rows.last.map { History.Cursor(number: $0.reference.number) }
            return History.Page(rows: rows, next: all.count > limit ? end : nil)
        }
    }

    private func ownTrials(
        _ query: History.Query, after cursor: History.Cursor?, limit: Int, _ session: MongoSession
    ) throws(StoreError) -> [StoredTrial] {
        var filter: BSONDocument = ["category": "trialwatch", "state": ["$in": ["filed", "filing"]]]
        filter["trial_id"] = Self.numbers(query, after: cursor)
        if !query.states.isEmpty { filter["status"] = ["$in": .array(query.states.map { .string($0.rawValue) })] }
        if let since = query.since { filter["filed"] = ["$gte": .int64(Int64(since.nanoseconds))] }
        let found = try session.find(
            "reading the history", in: query.experiment.text, filter,
            [
                "sort": ["trial_id": query.newestFirst ? -1 : 1], "limit": BSON(limit),
                "projection": ["trial_id": 1, "document": 1],
            ])
        var trials: [StoredTrial] = []
        for fields in found {
            guard let number = fields["trial_id"]?.int, let text = fields["document"]?.string else { continue }
            let reference = TrialReference(experiment: query.experiment, number: number)
            trials.append(try StoredDocument(Array(text.utf8), reference).trial)
        }
        return trials
    }

    /// The numbers that come after a cursor.
    static func numbers(_ query: History.Query, after cursor: History.Cursor?) -> BSON {
        guard let cursor else { return ["$gt": 0] }
        return query.newestFirst ? ["$lt": BSON(cursor.number)] : ["$gt": BSON(cursor.number)]
    }

    /// One trial, whole but for the points of its series.
    public func trial(_ reference: TrialReference) async throws(StoreError) -> StoredTrial? {
        try reading { (session) throws(StoreError) in try session.trial(reference, now: now()) }
    }

    /// Points of a series; of a long one only as much is in memory as is asked for.
    public func series(
        _ name: String, of reference: TrialReference, range: Range<Int>?, atMost most: Int?
    ) async throws(StoreError) -> MetricSeries? {
        for attempt in 0..<5 {
            do throws(StoreError) {
                return try reading { (session) throws(StoreError) in
                    try session.series(name, of: reference, range: range, atMost: most)
                }
            } catch {
                // Its end was replaced while it was read: then it is read anew.
                guard error.isTransient, attempt < 4 else { throw error }
            }
        }
        return nil
    }

    /// The bytes of a part.
    public func part(_ part: PartReference, of reference: TrialReference) async throws(StoreError) -> [UInt8]? {
        try reading { (session) throws(StoreError) in
            if let bytes = try session.part(part.digest) { return bytes }
            return try session.pythonPart(part, of: reference)
        }
    }

    /// One environment text as daskperiment gives it out.
    public func text(
        _ category: EnvironmentCategory, of reference: TrialReference
    ) async throws(StoreError) -> String? {
        try reading { (session) throws(StoreError) in
            guard !EnvironmentRecord.categories.contains(category) else {
                let name = EnvironmentRecord.names(category)[0]
                let found = try session.find(
                    "reading an environment text", in: reference.experiment.text,
                    ["category": "environment", "trial_id": BSON(reference.number)])
                return found.lazy.compactMap { $0[name]?.string }.first
            }
            guard let content = try session.trial(reference, now: now())?.capture?.environment[category],
                case .text(let text) = EnvironmentRecord.text(category, content)
            else { return nil }
            return text
        }
    }

    /// Runs that were deleted: each has left its tombstone.
    public func deletions(in experiment: Experiment.ID) async throws(StoreError) -> [DeletedRun] {
        try reading { (session) throws(StoreError) in
            try session.find(
                "reading what was deleted", in: experiment.text,
                ["category": "trialwatch", "deleted": ["$exists": true]], ["projection": ["run_key": 1, "trial_id": 1]]
            ).compactMap { fields in
                guard let key = fields["run_key"]?.string.flatMap({ RunKey($0) }), let number = fields["trial_id"]?.int
                else { return nil }
                return DeletedRun(number: number, key: key)
            }.sorted { $0.number < $1.number }
        }
    }

    /// Trials that changed, in the order in which the server saw them; those of Python processes are not among them.
    ///
    /// A change has its time before it can be seen, and one that is seen may be later than one that is not yet: so the
    /// newest are told a little later.
    public func changes(after cursor: ChangeCursor?, limit: Int) async throws(StoreError) -> ChangePage {
        try reading { (session) throws(StoreError) in
            let place =
                cursor.flatMap { ChangePlace($0.text) } ?? ChangePlace(seconds: 0, count: 0, experiment: "", number: 0)
            let operation = "reading what changed"
            var span: BSONDocument = ["$gte": .timestamp(place.seconds, place.count)]
            if let delay = settings.changesDelay {
                let hello = ServerReport(try session.run(operation, ["hello": 1]))
                let now = hello.seconds ?? seconds
                span["$lt"] = .timestamp(now - min(now, UInt32(clamping: delay.components.seconds)), 0)
            }
            var changed: [ChangePlace] = []
            for experiment in try session.find(operation, in: ExperimentsCollection.name, [:]) {
                guard let id = experiment["_id"]?.string else { continue }
                let found = try session.find(
                    operation, in: id,
                    ["category": "trialwatch", "changed": .document(span)],
                    // Some at the cursor's own moment may be told already.
                    [
                        "sort": ["changed": 1, "trial_id": 1], "limit": BSON(limit + 300),
                        "projection": ["trial_id": 1, "changed": 1],
                    ])
                for fields in found {
                    guard case .timestamp(let seconds, let count)? = fields["changed"],
                        let number = fields["trial_id"]?.int
                    else { continue }
                    let one = ChangePlace(seconds: seconds, count: count, experiment: id, number: number)
                    if place < one { changed.append(one) }
                }
            }
            let page = changed.sorted().prefix(limit)
            let references = page.compactMap { one in
                Experiment.ID(one.experiment).map { TrialReference(experiment: $0, number: one.number) }
            }
            return ChangePage(references: references, next: ChangeCursor((page.last ?? place).text))
        }
    }
}

/// Where in the order of changes one is: the server's own time, then experiment and number.
private struct ChangePlace: Comparable {
    var seconds: UInt32
    var count: UInt32
    var experiment: String
    var number: Int

    var text: String { "\(seconds) \(count) \(number) \(experiment)" }

    init(seconds: UInt32, count: UInt32, experiment: String, number: Int) {
        self.seconds = seconds
        self.count = count
        self.experiment = experiment
        self.number = number
    }

    init?(_ text: String) {
        let fields = text.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == 4, let seconds = UInt32(fields[0]), let count = UInt32(fields[1]),
            let number = Int(fields[2])
        else { return nil }
        self.init(seconds: seconds, count: count, experiment: String(fields[3]), number: number)
    }

    static func < (left: ChangePlace, right: ChangePlace) -> Bool {
        (left.seconds, left.count, left.experiment, left.number)
            < (right.seconds, right.count, right.experiment, right.number)
    }
}
