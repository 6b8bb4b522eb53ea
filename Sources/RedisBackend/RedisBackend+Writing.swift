internal import Bytes
internal import JSON
internal import Records
internal import Redis
internal import SystemCalls
internal import SystemPackage
public import Trials

extension RedisBackend: TrialWriter {
    /// Connects, and refuses a server that does not keep what it acknowledges.
    public func prepare() async throws(StoreError) -> Readiness {
        let (notices, server) = try connectAnew()
        return Readiness(notices: notices, incarnation: server)
    }

    /// Keeps a part by its digest, sent in pieces.
    public func store(_ part: PartReference, from source: PartSource) async throws(StoreError) {
        guard Digest<SHA256>(hex: part.digest)?.hex == part.digest else {
            throw Self.refused(part, "its digest is none")
        }
        guard part.size <= 512 << 20 else {
            throw Self.refused(part, "a value of Redis has 512 MiB at most, and this has \(part.size >> 20)")
        }
        try writing { (session) throws(StoreError) in
            let operation = "keeping a part"
            let place = RedisKeys.part(part.digest)
            let known = try session.ask(operation, [RedisCommand("EXISTS", place), RedisCommand("STRLEN", place)])
            if known[0].integer == 1, known[1].integer == part.size, try keep(part, from: "", session) { return }
            let upload = uploadNames.next()
            var digest = DigestContext<SHA256>()
            var offset = 0
            repeat {
                let piece = try Self.piece(of: source, at: offset)
                if piece.isEmpty, offset > 0 { break }
                digest.update(Array(piece))
                try session.upload(piece, to: upload, isFirst: offset == 0)
                offset += piece.count
            } while offset < part.size
            guard digest.finish().hex == part.digest else {
                _ = try session.ask(operation, RedisCommand("DEL", upload))
                throw Self.refused(part, "its bytes do not have that digest")
            }
            _ = try keep(part, from: upload, session)
            try waitForReplica(session)
        }
    }

    /// Takes up what was sent under a name, or goes on keeping what is there; false when it is gone.
    private func keep(
        _ part: PartReference, from upload: String, _ session: RedisSession
    ) throws(StoreError) -> Bool {
        var command = try session.call(PartScript.keeping)
        command.add(upload)
        command.add(RedisKeys.part(part.digest))
        return try session.ask("keeping a part", command).text == "done"
    }

    private static func piece(of source: PartSource, at offset: Int) throws(StoreError) -> ArraySlice<UInt8> {
        switch source {
        case .bytes(let bytes): return bytes[min(offset, bytes.count)...].prefix(RedisSession.chunk)
        case .file(let path):
            let path = FilePath(platformString: path.map { CInterop.PlatformChar(bitPattern: $0) } + [0])
            do throws(SystemCallError) {
                let file = try OwnedDescriptor(opening: path, .readOnly, options: .noFollow)
                return try file.read(RedisSession.chunk, at: Int64(offset))[...]
            } catch {
                throw StoreError("keeping a part", path.shown, error)
            }
        }
    }

    private static func refused(_ part: PartReference, _ reason: String) -> StoreError {
        StoreError(.refused, "keeping a part", part.digest, reason: reason, isTransient: false)
    }

    /// Files each run once: one script call each, all on one way.
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
            failure = filed.failure ?? failure
            // A server that is away is away for all of them.
            if failure != nil { break }
        }
        if let failure, answers.allSatisfy({ $0 == .notReached }) { throw failure }
        return answers
    }

    /// What the store holds for these runs.
    public func locate(_ keys: [RunKey], in experiment: Experiment.ID) async throws(StoreError) -> [RunKey: Filed] {
        guard !keys.isEmpty else { return [:] }
        return try reading { (session) throws(StoreError) in
            var command = RedisCommand("HMGET", RedisKeys(experiment).runs)
            for key in keys { command.add(key.text) }
            var found: [RunKey: Filed] = [:]
            for (key, reply) in zip(keys, try session.ask("looking up runs", command).array ?? []) {
                guard let held = RunEntry(reply) else { continue }
                let reference = TrialReference(experiment: experiment, number: held.number)
                found[key] = held.revision.map { .done(reference, $0, []) } ?? .deleted(reference)
            }
            return found
        }
    }

    /// Deletes trials for good; each leaves a tombstone.
    public func delete(_ trials: [TrialReference]) async throws(StoreError) {
        for trial in trials {
            // Somebody may file to it in between.
            for _ in 0..<8 {
                let isDone = try writing { (session) throws(StoreError) in
                    let isDone = try delete(trial, session)
                    try waitForReplica(session)
                    return isDone
                }
                if isDone { break }
            }
        }
    }

    /// Python processes take their numbers from the same counter and write the same keys: there is nothing to take over.
    public func reconcile(_ experiment: Experiment.ID) async throws(StoreError) -> [Notice] { [] }

    /// Nothing is derived, so nothing lags behind.
    public func synchronize() async throws(StoreError) {}
}
