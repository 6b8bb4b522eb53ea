internal import JSON
internal import Records
internal import Redis
internal import Trials

extension RedisBackend {
    /// Files to one experiment; gives the answers that are known in any case, and what hindered the others.
    func file(_ requests: [FilingRequest], to experiment: Experiment.ID) -> (answers: [Filed], failure: StoreError?) {
        var answers = [Filed](repeating: .notReached, count: requests.count)
        var open = Array(requests.indices)
        do throws(StoreError) {
            // Somebody else filed a run in between, or a text was forgotten: that is looked at anew.
            for _ in 0..<8 where !open.isEmpty {
                open = try writing { (session) throws(StoreError) in
                    var reached: [(place: Int, answer: Filed)] = []
                    defer { for (place, answer) in reached { answers[place] = answer } }
                    do throws(StoreError) {
                        let again = try round(open, of: requests, in: experiment, session, &reached)
                        try waitForReplica(session)
                        return again
                    } catch {
                        // Nothing counts before a replica has it.
                        if hasReplicas(session) {
                            reached.removeAll { if case .done = $0.answer { true } else { false } }
                        }
                        throw error
                    }
                }
            }
            return (answers, nil)
        } catch {
            return (answers, error)
        }
    }

    /// Files what is open; gives what has to be filed again.
    private func round(
        _ open: [Int], of requests: [FilingRequest], in experiment: Experiment.ID, _ session: RedisSession,
        _ reached: inout [(place: Int, answer: Filed)]
    ) throws(StoreError) -> [Int] {
        let operation = "filing"
        var batch = try FilingLookup(open.map { requests[$0] }, experiment, session)
        var sent: [(place: Int, key: RunKey, call: FilingCall)] = []
        var again: [Int] = []
        var failure: StoreError?

        func take() throws(StoreError) {
            // Answers come in the order of the calls.
            for (place, key, call) in sent {
                let reply = try session.reply(operation)
                switch answer(reply, to: requests[place], session) {
                case .filed(let filed):
                    reached.append((place, filed))
                    if case .done(let reference, _, _) = filed {
                        knownTexts[experiment, default: []].formUnion(call.texts)
                        if batch.held[key]?.number == nil { batch.held[key]?.number = reference.number }
                    }
                case .again:
                    again.append(place)
                    batch.held[key] = nil
                case .failed(let error):
                    failure = failure ?? error
                }
            }
            sent = []
        }

        for place in open {
            let request = requests[place]
            let key = request.filing.key
            if again.contains(where: { requests[$0].filing.key == key }) {
                again.append(place)
                continue
            }
            switch batch.state(of: request) {
            case .answered(let filed):
                reached.append((place, filed))
                continue
            case .open: break
            }
            do throws(StoreError) {
                let held = batch.held[key]
                let merge = try MetricMerge(held?.metrics ?? [], adding: request.filing.metrics) {
                    (metric, count, wantsLast) throws(StoreError) in
                    try take()
                    return try kept(
                        of: metric, batch.held[key], count: count, wantsLast: wantsLast, experiment, session)
                }
                // What is asked for in between must not take the answers of calls that are under way.
                if request.filing.parts.contains(where: { [.persist, .pickle].contains($0.role) }) { try take() }
                let call = try batch.call(request, merge, self, session)
                if !call.uploads.isEmpty { try take() }
                try upload(call.uploads, session)
                var command = try loaded(FilingScript.filing, session, take)
                command.add(call.arguments)
                try session.send(operation, command)
                sent.append((place, key, call))
                batch.held[key] = call.after
            } catch {
                // What concerns the whole store concerns every filing; what is wrong with one stays with it.
                guard error.kind == .refused else { throw error }
                reached.append((place, .refused(error)))
            }
        }
        try take()
        if let failure { throw failure }
        return again
    }

    /// The call of a script; when it has to be loaded first, nothing may be under way.
    private func loaded(
        _ script: RedisScript, _ session: RedisSession, _ take: () throws(StoreError) -> Void
    ) throws(StoreError) -> RedisCommand {
        if !session.hasLoaded(script) { try take() }
        return try session.call(script)
    }

    private enum Outcome {
        case filed(Filed)
        case again
        case failed(StoreError)
    }

    /// What the script's reply means.
    private func answer(_ reply: RedisReply, to request: FilingRequest, _ session: RedisSession) -> Outcome {
        let experiment = request.filing.experiment
        if case .error(let text) = reply {
            if text.hasPrefix("NOSCRIPT") {
                session.forgetScripts()
                return .again
            }
            let error = StoreError("filing", experiment.text, serverSaid: text)
            // What concerns the whole store may be over soon; what is wrong with one stays with it.
            return error.kind == .refused ? .filed(.refused(error)) : .failed(error)
        }
        let fields = reply.array ?? []
        let number = fields.count > 1 ? fields[1].integer ?? 0 : 0
        let reference = TrialReference(experiment: experiment, number: number)
        func refuse(_ reason: String, _ remedy: String? = nil) -> Outcome {
            .filed(.refused(FilingCall.refused(reference, reason, remedy)))
        }
        switch fields.first?.text {
        case "done" where fields.count > 2:
            let revision = Revision(fields[2].integer ?? request.filing.revision.number)
            return .filed(.done(reference, revision, fields.dropFirst(3).compactMap { $0.text.map { Notice($0) } }))
        case "deleted": return .filed(.deleted(reference))
        case "changed", "again": return .again
        case "text":
            knownTexts[experiment] = nil
            return .again
        case "elsewhere":
            let wanted = request.number.map { " \($0)" } ?? ""
            return refuse("the run is filed under this number, and not under\(wanted)")
        case "taken": return refuse("the number names another run", "copy with new numbers")
        case "part": return refuse("part \(fields.last?.text ?? "") was not stored before")
        case "gap" where fields.count > 2:
            return refuse(
                "metric \(fields[1].text ?? "") has \(fields[2].integer ?? 0) points, and the record says more: somebody "
                    + "removed some")
        default: return refuse("the server's answer cannot be understood")
        }
    }

    /// Sends what is too large for one argument.
    func upload(_ uploads: [FilingCall.Upload], _ session: RedisSession) throws(StoreError) {
        for upload in uploads {
            switch upload.content {
            case .value(let bytes):
                for (place, start) in stride(from: 0, to: bytes.count, by: Self.chunk).enumerated() {
                    var command = RedisCommand(place == 0 ? "SET" : "APPEND", upload.key)
                    command.add(bytes[start..<min(start + Self.chunk, bytes.count)])
                    if place == 0 {
                        command.add("EX")
                        command.add(Self.uploadSeconds)
                    }
                    _ = try session.ask("sending a large value", command)
                }
            case .list(let items):
                for start in stride(from: 0, to: items.count, by: 2000) {
                    var command = RedisCommand("RPUSH", upload.key)
                    for item in items[start..<min(start + 2000, items.count)] { command.add(item) }
                    let expiry = RedisCommand("EXPIRE", upload.key, String(Self.uploadSeconds))
                    _ = try session.ask("sending points", [command, expiry])
                }
            }
        }
    }

    /// Bytes of a large value that travel in one piece.
    static let chunk = 256 << 10
    /// What nobody has taken up by then goes.
    private static let uploadSeconds = 3600

    /// What stays of a series when only its first points do: from the nearest place before it whose extremes are known, the
    /// points are read.
    private func kept(
        of metric: MetricSummary, _ held: HeldTrial?, count: Int, wantsLast: Bool, _ experiment: Experiment.ID,
        _ session: RedisSession
    ) throws(StoreError) -> MetricMerge.Kept {
        var kept = MetricMerge.Kept(last: nil, extremes: SeriesExtremes())
        guard let number = held?.number else { return kept }
        var first = 0
        if let mark = held?.marks[metric.name]?.last(where: { $0.place <= count }) {
            (first, kept.extremes) = mark
        }
        try forEachPoint(of: metric.name, number, first..<count, experiment, session) { (_, point) in
            kept.extremes.take(point.value)
            kept.last = point
        }
        guard wantsLast, kept.last == nil, count > 0 else { return kept }
        try forEachPoint(of: metric.name, number, (count - 1)..<count, experiment, session) { (_, point) in
            kept.last = point
        }
        return kept
    }
}
