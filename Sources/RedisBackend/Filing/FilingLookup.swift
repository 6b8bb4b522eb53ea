internal import Bytes
internal import JSON
internal import Records
internal import Redis
internal import Trials

/// What the store holds of the runs and parts that a batch of filings speaks of.
struct FilingLookup {
    /// Trials as the calls sent so far leave them.
    var held: [RunKey: HeldTrial] = [:]
    private var deleted: [RunKey: Int] = [:]
    private var digests: Set<String> = []
    private let experiment: Experiment.ID

    /// Asks for all of it, on at most three ways; of runs that are `assumedNew` nothing, and the script tells when they are not.
    init(
        _ requests: [FilingRequest], assumedNew: (FilingRequest) -> Bool, _ experiment: Experiment.ID,
        _ session: RedisSession
    ) throws(StoreError) {
        self.experiment = experiment
        let requests = requests.filter { !assumedNew($0) }
        if requests.isEmpty { return }
        let keys = RedisKeys(experiment)
        let operation = "looking up runs"
        let runs = Array(Set(requests.map(\.filing.key)))
        var lookup = RedisCommand("HMGET", keys.runs)
        for run in runs { lookup.add(run.text) }
        var commands = [lookup]
        let digests = Set(requests.flatMap { Self.digests(of: $0.filing) })
        for digest in digests { commands.append(RedisCommand("EXISTS", RedisKeys.part(digest))) }
        let replies = try session.ask(operation, commands)
        for (digest, reply) in zip(digests, replies.dropFirst()) where reply.integer == 1 {
            self.digests.insert(digest)
        }
        var known: [(key: RunKey, number: Int, revision: Revision)] = []
        for (run, reply) in zip(runs, replies[0].array ?? []) {
            guard let held = RunEntry(reply) else { continue }
            guard let revision = held.revision else {
                deleted[run] = held.number
                continue
            }
            self.held[run] = HeldTrial(number: held.number, revision: revision)
            // One that is not filed to need not be read.
            guard requests.contains(where: { $0.filing.key == run && $0.filing.revision > revision }) else { continue }
            known.append((run, held.number, revision))
        }
        guard !known.isEmpty else { return }
        var documents = RedisCommand("MGET")
        for one in known { documents.add(keys.document(one.number)) }
        let found = try session.ask(operation, documents).array ?? []
        for (one, reply) in zip(known, found) {
            guard let bytes = reply.bytes, let document = (try? JSON(parsing: bytes))?.object,
                let held = HeldTrial(document, number: one.number, revision: one.revision)
            else {
                throw StoreError(
                    .damaged, "reading a trial", "\(experiment) \(one.number)", reason: "its record cannot be read",
                    remedy: "look at the key \(keys.document(one.number))", isTransient: false)
            }
            self.held[one.key] = held
        }
    }

    private static func digests(of filing: Filing) -> [String] {
        filing.parts.map(\.digest) + (filing.capture?.keptParts.map(\.digest) ?? [])
    }

    enum State {
        case open
        case answered(Filed)
    }

    /// Whether a request changes anything; the script looks once more.
    func state(of request: FilingRequest) -> State {
        let key = request.filing.key
        if let number = deleted[key] {
            return .answered(.deleted(TrialReference(experiment: experiment, number: number)))
        }
        if let number = request.number, !(1...1 << 40).contains(number) {
            return .answered(
                .refused(
                    FilingCall.refused(
                        TrialReference(experiment: experiment, number: number), "a trial has a number from 1 on")))
        }
        guard let held = held[key], let number = held.number, request.filing.revision <= held.revision,
            request.number == nil || request.number == number
        else { return .open }
        return .answered(.done(TrialReference(experiment: experiment, number: number), held.revision, []))
    }

    /// The call for a request; throws why it is refused.
    func call(
        _ request: FilingRequest, _ merge: MetricMerge, _ session: RedisSession, _ knownTexts: Set<String>,
        _ texts: CaptureTexts, _ uploads: UploadNames, now: Timestamp
    ) throws(StoreError) -> FilingCall {
        let filing = request.filing
        let held = held[filing.key]
        let reference = TrialReference(experiment: experiment, number: held?.number ?? request.number ?? 0)
        if let gap = merge.gap {
            throw FilingCall.refused(reference, gap, "file the part between, then run `trialwatch retry`")
        }
        for part in filing.parts where !digests.contains(part.digest) {
            throw FilingCall.refused(reference, "part \(part.digest) was not stored before")
        }
        var parts = filing.parts
        for part in filing.capture?.keptParts ?? [] where digests.contains(part.digest) {
            if !parts.contains(part) { parts.append(part) }
        }
        return try FilingCall(
            request,
            FilingCall.Context(
                id: experiment, held: held, now: now, merge: merge, parts: parts,
                kept: try kept(filing.parts, session), knownTexts: knownTexts, texts: texts,
                uploads: uploads))
    }

    /// What steps kept as files, as far as it stands in daskperiment's own keys.
    private func kept(_ parts: [PartReference], _ session: RedisSession) throws(StoreError) -> [String: [UInt8]] {
        var kept: [String: [UInt8]] = [:]
        for part in parts
        where part.role == .pickle || part.role == .persist && part.size <= PersistRecord.largestInline {
            kept[part.digest] =
                try session.ask("reading a part", RedisCommand("GET", RedisKeys.part(part.digest))).bytes
        }
        return kept
    }
}

/// What the store has of a run: its number, and how much of its story was told.
struct RunEntry {
    let number: Int
    /// Nil when the trial was deleted.
    let revision: Revision?

    /// Nil for a run that is not known.
    init?(_ reply: RedisReply) {
        let fields = reply.text?.split(separator: " ") ?? []
        guard fields.count == 2, let number = Int(fields[0]) else { return nil }
        self.number = number
        revision = Int(fields[1]).map { Revision($0) }
    }
}
