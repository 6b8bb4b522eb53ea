internal import Bytes
internal import JSON
internal import Records
internal import Redis
public import Trials

extension RedisBackend: TrialReader {
    /// Every experiment that was filed to, and those of Python processes alone.
    public func experiments() async throws(StoreError) -> [Experiment] {
        try reading { (session) throws(StoreError) in
            let operation = "listing the experiments"
            let filed = try session.ask(operation, RedisCommand("SMEMBERS", RedisKeys.experiments)).array ?? []
            let ids = Set(filed.compactMap(\.text)).union(try pythonExperiments(session))
            let all = ids.compactMap { Experiment.ID($0) }.sorted()
            guard !all.isEmpty else { return [] }
            var counters = RedisCommand("MGET")
            var times = RedisCommand("HMGET", RedisKeys.filed)
            for id in all {
                counters.add(RedisKeys(id).counter)
                times.add(id.text)
            }
            let replies = try session.ask(operation, [counters, times])
            return zip(all, zip(replies[0].array ?? [], replies[1].array ?? [])).compactMap { id, found in
                // One whose keys somebody has removed is none.
                guard let last = found.0.integer else { return nil }
                let filed = found.1.integer.map { Timestamp(nanoseconds: $0, offset: now().offset) }
                return Experiment(id: id, lastNumber: last, lastFiled: filed)
            }
        }
    }

    /// A page of trials by their numbers, some hundred at a time.
    public func trials(
        _ query: History.Query, after cursor: History.Cursor?, limit: Int
    ) async throws(StoreError) -> History.Page {
        try reading { (session) throws(StoreError) in
            let id = query.experiment
            let counter = RedisCommand("GET", RedisKeys(id).counter)
            guard let last = try session.ask("reading the history", counter).integer else {
                throw StoreError(
                    .notFound, "reading the history", id.text, reason: "there is no such experiment",
                    remedy: "`trialwatch experiments` lists them", isTransient: false)
            }
            var rows: [History.Row] = []
            var next = query.newestFirst ? last : 1
            if let cursor { next = query.newestFirst ? min(cursor.number - 1, last) : cursor.number + 1 }
            // One more than asked for tells whether there is a next page.
            while next >= 1, next <= last, rows.count <= limit {
                let stretch = min(max(16, limit + 1 - rows.count), 200)
                let range =
                    query.newestFirst ? max(1, next - stretch + 1)...next : next...min(last, next + stretch - 1)
                let found = try trials(range, of: id, session)
                for number in query.newestFirst ? Array(range.reversed()) : Array(range) {
                    guard let trial = found[number], query.states.isEmpty || query.states.contains(trial.state),
                        query.since.map({ since in trial.filed.map { $0 >= since } ?? false }) ?? true
                    else { continue }
                    rows.append(History.Row(trial))
                }
                next = query.newestFirst ? range.lowerBound - 1 : range.upperBound + 1
            }
            let isMore = rows.count > limit
            rows = Array(rows.prefix(limit))
            let end = rows.last.map { History.Cursor(number: $0.reference.number) }
            return History.Page(rows: rows, next: isMore ? end : nil)
        }
    }

    /// Trials without the texts of their captures, by number.
    private func trials(
        _ range: ClosedRange<Int>, of id: Experiment.ID, _ session: RedisSession
    ) throws(StoreError) -> [Int: StoredTrial] {
        let keys = RedisKeys(id)
        var command = RedisCommand("MGET")
        for number in range { command.add(keys.document(number)) }
        var found: [Int: StoredTrial] = [:]
        var others: [Int] = []
        for (number, reply) in zip(range, try session.ask("reading the history", command).array ?? []) {
            if let bytes = reply.bytes {
                found[number] = try StoredDocument(bytes, TrialReference(experiment: id, number: number)).trial
            } else {
                others.append(number)
            }
        }
        for trial in try pythonTrials(others, of: id, session, isBrief: true) { found[trial.reference.number] = trial }
        return found
    }

    /// One trial, whole but for the points of its series.
    public func trial(_ reference: TrialReference) async throws(StoreError) -> StoredTrial? {
        try reading { (session) throws(StoreError) in try trial(reference, session) }
    }

    private func trial(_ reference: TrialReference, _ session: RedisSession) throws(StoreError) -> StoredTrial? {
        let keys = RedisKeys(reference.experiment)
        let reply = try session.ask("reading a trial", RedisCommand("GET", keys.document(reference.number)))
        guard let bytes = reply.bytes else {
            return try pythonTrials([reference.number], of: reference.experiment, session, isBrief: false).first
        }
        let document = try StoredDocument(bytes, reference)
        guard let folded = document.capture else { return document.trial }
        let digests = Array(Set(FoldedTexts.digests(in: folded)))
        var texts: [String: JSON] = [:]
        if !digests.isEmpty {
            var command = RedisCommand("HMGET", keys.texts)
            for digest in digests { command.add(digest) }
            let replies = try session.ask("reading a trial", command).array ?? []
            for (digest, reply) in zip(digests, replies) {
                texts[digest] = reply.bytes.flatMap { try? JSON(parsing: $0) }
            }
        }
        var trial = document.trial
        let whole = try FoldedTexts.unfold(folded) { (digest) in texts[digest] }
        do throws(JSONError) { trial.capture = try JSON.object(whole).decode() } catch {
            throw StoredDocument.unreadable(reference, "\(error)")
        }
        return trial
    }

    /// Points of a series; of a long one only as much is in memory as is asked for.
    public func series(
        _ name: String, of reference: TrialReference, range: Range<Int>?, atMost most: Int?
    ) async throws(StoreError) -> MetricSeries? {
        try reading { (session) throws(StoreError) in
            guard let trial = try briefTrial(reference, session),
                let metric = trial.metrics.first(where: { $0.name == name })
            else { return nil }
            let range = (range ?? metric.places).clamped(to: metric.places)
            var thinning = SeriesThinning(count: range.count, most: most ?? .max)
            try session.forEachPoint(of: name, reference, range) { (place, point) in
                thinning.add(point, at: place - range.lowerBound)
            }
            return MetricSeries(name: name, count: metric.count, points: thinning.finish())
        }
    }

    private func briefTrial(_ reference: TrialReference, _ session: RedisSession) throws(StoreError) -> StoredTrial? {
        let key = RedisKeys(reference.experiment).document(reference.number)
        if let bytes = try session.ask("reading a trial", RedisCommand("GET", key)).bytes {
            return try StoredDocument(bytes, reference).trial
        }
        return try pythonTrials([reference.number], of: reference.experiment, session, isBrief: true).first
    }

    /// The bytes of a part.
    public func part(_ part: PartReference, of reference: TrialReference) async throws(StoreError) -> [UInt8]? {
        try reading { (session) throws(StoreError) in
            let operation = "reading a part"
            let place = RedisKeys.part(part.digest)
            guard try session.ask(operation, RedisCommand("EXISTS", place)).integer == 1 else {
                return try pythonPart(part, of: reference, session)
            }
            var bytes: [UInt8] = []
            while true {
                let command = RedisCommand(
                    "GETRANGE", place, String(bytes.count), String(bytes.count + 4 * RedisSession.chunk - 1))
                guard let piece = try session.ask(operation, command).bytes, !piece.isEmpty else { return bytes }
                bytes += piece
            }
        }
    }

    /// One environment text as daskperiment gives it out.
    public func text(
        _ category: EnvironmentCategory, of reference: TrialReference
    ) async throws(StoreError) -> String? {
        try reading { (session) throws(StoreError) in
            guard !EnvironmentRecord.categories.contains(category) else {
                let key = RedisKeys(reference.experiment)
                    .environment(EnvironmentRecord.names(category)[0], reference.number)
                return try session.ask("reading an environment text", RedisCommand("GET", key)).text
            }
            guard let content = try trial(reference, session)?.capture?.environment[category],
                case .text(let text) = EnvironmentRecord.text(category, content)
            else { return nil }
            return text
        }
    }

    /// Runs that were deleted: their keys are kept.
    public func deletions(in experiment: Experiment.ID) async throws(StoreError) -> [DeletedRun] {
        try reading { (session) throws(StoreError) in
            // A field may be told twice while the hash grows.
            var found: [RunKey: Int] = [:]
            var cursor = "0"
            repeat {
                let reply = try session.ask(
                    "reading what was deleted",
                    RedisCommand("HSCAN", RedisKeys(experiment).runs, cursor, "COUNT", "2000"))
                cursor = reply.array?.first?.text ?? "0"
                let fields = reply.array?.last?.array ?? []
                for place in stride(from: 0, to: fields.count - 1, by: 2) {
                    let words = fields[place + 1].text?.split(separator: " ") ?? []
                    guard words.last == "deleted", let number = words.first.flatMap({ Int($0) }),
                        let key = fields[place].text.flatMap({ RunKey($0) })
                    else { continue }
                    found[key] = number
                }
            } while cursor != "0"
            return found.map { DeletedRun(number: $0.value, key: $0.key) }.sorted { $0.number < $1.number }
        }
    }

    /// Trials that changed, in the order in which the server saw them; those of Python processes are not among them.
    public func changes(after cursor: ChangeCursor?, limit: Int) async throws(StoreError) -> ChangePage {
        try reading { (session) throws(StoreError) in
            let operation = "reading what changed"
            var place = cursor.flatMap { Int($0.text) } ?? 0
            let count = try session.ask(operation, RedisCommand("GET", RedisKeys.changeCount)).integer ?? 0
            // The server was emptied, or has forgotten something: all is told anew.
            if place > count { place = 0 }
            let command = RedisCommand(
                "ZRANGEBYSCORE", RedisKeys.changes, "(\(place)", "+inf", "WITHSCORES", "LIMIT", "0", String(limit))
            let found = try session.ask(operation, command).array ?? []
            var references: [TrialReference] = []
            for start in stride(from: 0, to: found.count - 1, by: 2) {
                place = found[start + 1].integer ?? place
                let fields = found[start].text?.split(separator: " ") ?? []
                guard fields.count == 2, let id = Experiment.ID(String(fields[0])), let number = Int(fields[1]) else {
                    continue
                }
                references.append(TrialReference(experiment: id, number: number))
            }
            return ChangePage(references: references, next: ChangeCursor(String(place)))
        }
    }
}
