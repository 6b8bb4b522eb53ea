internal import Bytes
internal import Records
internal import Redis
internal import SystemCalls
internal import Trials

/// Identifiers of series and steps that are found among an experiment's keys.
struct PythonNames {
    var metrics: Set<String> = []
    var steps: Set<String> = []
}

/// What Python processes wrote, read as it is.
extension RedisBackend {
    /// Experiments that have a counter: found by going through all keys, so what was found is kept for a minute.
    func pythonExperiments(_ session: RedisSession) throws(StoreError) -> Set<String> {
        let operation = "looking for experiments of Python processes"
        if let cached = try session.ask(operation, RedisCommand("GET", RedisKeys.found)).text {
            return Set(cached.split(separator: "\n").map(String.init))
        }
        var found: Set<String> = []
        try forEachKey("*:trial_id", session) { key in
            let id = String(key.dropLast(":trial_id".count))
            if Experiment.ID(id) != nil { found.insert(id) }
        }
        // A reader that may not write looks anew each time; an answer of nothing may be wrong in a moment.
        if !found.isEmpty {
            let text = found.sorted().joined(separator: "\n")
            try session.send(operation, RedisCommand("SET", RedisKeys.found, text, "EX", "60"))
            _ = try session.reply(operation)
        }
        return found
    }

    /// Calls `body` with every key of a pattern, once or more, without holding up others.
    private func forEachKey(
        _ pattern: String, _ session: RedisSession, _ body: (String) -> Void
    ) throws(StoreError) {
        var cursor = "0"
        repeat {
            let reply = try session.ask(
                "looking through the keys", RedisCommand("SCAN", cursor, "MATCH", pattern, "COUNT", "2000"))
            cursor = reply.array?.first?.text ?? "0"
            for key in reply.array?.last?.array ?? [] { if let text = key.text { body(text) } }
        } while cursor != "0"
    }

    private func names(_ id: Experiment.ID, _ session: RedisSession) throws(StoreError) -> PythonNames {
        if let known = pythonNames[id], ContinuousClock.now - known.at < .seconds(10) { return known.names }
        var names = PythonNames()
        try forEachKey("\(id):*", session) { key in
            let pieces = key.split(separator: ":", omittingEmptySubsequences: false)
            guard pieces.count == 4 else { return }
            if pieces[1] == "metric" { names.metrics.insert(String(pieces[2])) }
            if pieces[1] == "persist" { names.steps.insert(String(pieces[2])) }
        }
        pythonNames[id] = (.now, names)
        return names
    }

    /// Those of the numbers that are trials of Python processes; in brief without captures, parts and extremes.
    func pythonTrials(
        _ numbers: [Int], of id: Experiment.ID, _ session: RedisSession, isBrief: Bool
    ) throws(StoreError) -> [StoredTrial] {
        guard !numbers.isEmpty else { return [] }
        let operation = "reading trials of Python processes"
        let keys = RedisKeys(id)
        var parameters = RedisCommand("MGET")
        var history = RedisCommand("MGET")
        for number in numbers {
            parameters.add(keys.parameters(number))
            history.add(keys.history(number))
        }
        let replies = try session.ask(operation, [parameters, history])
        var trials: [StoredTrial] = []
        for (number, found) in zip(numbers, zip(replies[0].array ?? [], replies[1].array ?? [])) {
            guard let pickle = found.0.bytes else { continue }
            let reference = TrialReference(experiment: id, number: number)
            let trial = PythonRecord.trial(
                reference, parameters: pickle, history: found.1.bytes, now: now(), localOffset: Clock.localOffset)
            trials.append(trial)
        }
        guard !trials.isEmpty else { return [] }
        let names = try names(id, session)
        for place in trials.indices {
            try addMetrics(names.metrics.sorted(), to: &trials[place], session, isBrief: isBrief)
            if isBrief { continue }
            try addCapture(to: &trials[place], session)
            try addParts(names.steps.sorted(), to: &trials[place], session)
        }
        return trials
    }

    private func addMetrics(
        _ names: [String], to trial: inout StoredTrial, _ session: RedisSession, isBrief: Bool
    ) throws(StoreError) {
        guard !names.isEmpty else { return }
        let keys = RedisKeys(trial.reference.experiment)
        let number = trial.reference.number
        let commands = names.flatMap {
            [
                RedisCommand("LLEN", keys.metric($0, number)), RedisCommand("LINDEX", keys.metric($0, number), "-1"),
                RedisCommand("HGET", keys.originals, "metric \($0)"),
            ]
        }
        let replies = try session.ask("reading trials of Python processes", commands)
        for (place, stored) in names.enumerated() {
            guard let count = replies[3 * place].integer, count > 0 else { continue }
            // The name that ours are stored by is theirs, too.
            let name = replies[3 * place + 2].text ?? stored
            let last = replies[3 * place + 1].bytes.flatMap { bytes in
                PointPickle.point(bytes) ?? PythonRecord.point(bytes, localOffset: Clock.localOffset)
            }
            var summary = MetricSummary(name: name, generation: 0, count: count, last: last, extremes: nil)
            if !isBrief {
                var extremes = SeriesExtremes()
                do throws(StoreError) {
                    try session.forEachPoint(of: name, trial.reference, 0..<count) { (_, point) in
                        extremes.take(point.value)
                    }
                } catch {
                    guard error.kind == .damaged else { throw error }
                    trial.facts.problems.append(
                        "metric \(name) holds values that are no numbers: only daskperiment shows it")
                    continue
                }
                summary.extremes = extremes.range
            } else if last == nil {
                continue
            }
            trial.metrics.append(summary)
        }
    }

    private func addCapture(to trial: inout StoredTrial, _ session: RedisSession) throws(StoreError) {
        let keys = RedisKeys(trial.reference.experiment)
        let number = trial.reference.number
        var command = RedisCommand("MGET", keys.code(number))
        for category in EnvironmentRecord.categories {
            command.add(keys.environment(EnvironmentRecord.names(category)[0], number))
        }
        let texts = try session.ask("reading trials of Python processes", command).array ?? []
        var capture = TrialCapture(
            began: trial.facts.started ?? Timestamp(nanoseconds: 0), agent: "daskperiment")
        if let code = texts.first?.text {
            let end = code.firstIndex(where: \.isNewline)
            let text = end.map { String(code[code.index(after: $0)...]) } ?? ""
            capture.code = CodeContext(files: [CodeContext.File(path: "", text: text)])
        }
        for (category, reply) in zip(EnvironmentRecord.categories, texts.dropFirst()) {
            guard let text = reply.text else { continue }
            capture.environment[category] = EnvironmentRecord.content(text, of: category)
        }
        if capture.code != nil || !capture.environment.categories.isEmpty { trial.capture = capture }
    }

    private func addParts(
        _ steps: [String], to trial: inout StoredTrial, _ session: RedisSession
    ) throws(StoreError) {
        let keys = RedisKeys(trial.reference.experiment)
        for step in steps {
            let command = RedisCommand("GET", keys.persist(step, trial.reference.number))
            guard let bytes = try session.ask("reading trials of Python processes", command).bytes else { continue }
            trial.parts.append(
                PartReference(digest: SHA256.digest(of: bytes).hex, size: bytes.count, role: .pickle, name: step))
        }
    }

    /// What a step of a Python process kept.
    func pythonPart(
        _ part: PartReference, of reference: TrialReference, _ session: RedisSession
    ) throws(StoreError) -> [UInt8]? {
        guard part.role == .pickle else { return nil }
        let key = RedisKeys(reference.experiment).persist(part.name, reference.number)
        guard let bytes = try session.ask("reading a part", RedisCommand("GET", key)).bytes,
            SHA256.digest(of: bytes).hex == part.digest
        else { return nil }
        return bytes
    }

    /// The keys by which daskperiment knows what a trial of a Python process has.
    func pythonKeys(of reference: TrialReference, _ session: RedisSession) throws(StoreError) -> [String] {
        let keys = RedisKeys(reference.experiment)
        let names = try names(reference.experiment, session)
        return names.metrics.map { keys.metric($0, reference.number) }
            + names.steps.map { keys.persist($0, reference.number) }
    }
}
