internal import Records
internal import Redis
internal import Trials

/// All that goes with a trial.
struct Deletion {
    var key: RunKey?
    var revision: Revision?
    var keys: [String] = []
    var parts: [String] = []
    var texts: [String] = []
}

extension RedisBackend {
    /// Deletes a trial, unless somebody filed to it meanwhile.
    func delete(_ reference: TrialReference, _ session: RedisSession) throws(StoreError) -> Bool {
        guard let deletion = try deletion(of: reference, session) else { return true }
        var command = try session.call(DeletionScript.deletion)
        command.add(reference.experiment.text)
        command.add(reference.number)
        command.add(deletion.key?.text ?? "")
        command.add(deletion.revision.map { "\($0)" } ?? "")
        command.add(now().description)
        for texts in [deletion.keys, deletion.parts, deletion.texts] {
            command.add(texts.count)
            for text in texts { command.add(text) }
        }
        return try session.ask("deleting a trial", command).text == "done"
    }

    /// Nil when there is no trial of that number.
    private func deletion(of reference: TrialReference, _ session: RedisSession) throws(StoreError) -> Deletion? {
        let keys = RedisKeys(reference.experiment)
        let number = reference.number
        let operation = "deleting a trial"
        var deletion = Deletion()
        if let bytes = try session.ask(operation, RedisCommand("GET", keys.document(number))).bytes {
            let document = try StoredDocument(bytes, reference)
            let trial = document.trial
            deletion.key = trial.key
            deletion.revision = trial.revision
            deletion.parts = Set(trial.parts.map(\.digest)).sorted()
            deletion.texts = document.capture.map { Set(FoldedTexts.digests(in: $0)).sorted() } ?? []
            let steps =
                trial.facts.persisted.map(\.name)
                + trial.parts.filter { [.persist, .pickle].contains($0.role) }.map(\.name)
            let names = trial.metrics.map { (true, $0.name) } + steps.map { (false, $0) }
            var command = RedisCommand("HMGET", keys.names)
            for (isMetric, name) in names { command.add((isMetric ? "metric " : "step ") + name) }
            let stored = names.isEmpty ? [] : try session.ask(operation, command).array ?? []
            for ((isMetric, _), reply) in zip(names, stored) {
                guard let text = reply.text else { continue }
                deletion.keys.append(isMetric ? keys.metric(text, number) : keys.persist(text, number))
            }
        } else {
            guard try session.ask(operation, RedisCommand("EXISTS", keys.parameters(number))).integer == 1 else {
                return nil
            }
            deletion.keys = try pythonKeys(of: reference, session)
        }
        deletion.keys += [keys.parameters(number), keys.history(number), keys.code(number), keys.document(number)]
        for category in EnvironmentRecord.categories {
            deletion.keys += EnvironmentRecord.names(category).map { keys.environment($0, number) }
        }
        return deletion
    }
}
