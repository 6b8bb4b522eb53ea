internal import Records
internal import Redis
internal import Trials

/// Filings of one experiment, sent one after the other before their answers are taken.
final class FilingRound {
    /// Answers that are known, by place.
    private(set) var reached: [(place: Int, answer: Filed)] = []
    /// What has to be filed again: somebody else filed the run in between, or a text was forgotten.
    private(set) var again: [Int] = []
    /// Texts that the store has, as far as is known.
    private(set) var knownTexts: Set<String>
    /// What concerns the whole store, if the server said so to any of them.
    private(set) var failure: StoreError?

    private let session: RedisSession
    private let experiment: Experiment.ID
    private let texts: CaptureTexts
    private let uploads: UploadNames
    private let now: Timestamp
    private let requests: [FilingRequest]
    private var lookup: FilingLookup
    private var next = Transaction()
    private var sent: [Transaction] = []
    private let operation = "filing"

    /// Calls that the server runs together: one that brings each answer to its disk first does so once for all of them.
    private struct Transaction {
        var calls: [(place: Int, call: FilingCall)] = []
        var commands: [RedisCommand] = []

        /// Nobody else is served meanwhile: some milliseconds.
        static let largest = 16
    }

    /// Looks up what the store has of the requests at these places; in the first round, nothing of those that seem to be new.
    init(
        _ open: [Int], of requests: [FilingRequest], in experiment: Experiment.ID, _ session: RedisSession,
        isFirst: Bool, knownTexts: Set<String>, _ texts: CaptureTexts, _ uploads: UploadNames, now: Timestamp
    ) throws(StoreError) {
        self.session = session
        self.experiment = experiment
        self.requests = requests
        self.knownTexts = knownTexts
        self.texts = texts
        self.uploads = uploads
        self.now = now
        lookup = try FilingLookup(
            open.map { requests[$0] }, assumedNew: { isFirst && $0.seemsNew }, experiment, session)
    }

    /// Sends one filing, unless its answer is known without it.
    func file(_ place: Int) throws(StoreError) {
        let request = requests[place]
        let key = request.filing.key
        if again.contains(where: { requests[$0].filing.key == key }) { return again.append(place) }
        if case .answered(let filed) = lookup.state(of: request) { return reached.append((place, filed)) }
        do throws(StoreError) {
            let held = lookup.held[key]
            let merge = try MetricMerge(held?.metrics ?? [], adding: request.filing.metrics) {
                (metric, count, wantsLast) throws(StoreError) in
                try take()
                return try kept(of: metric, lookup.held[key], count: count, wantsLast: wantsLast)
            }
            // What is asked for in between must not take the answers of calls that are under way.
            let hasKeptFiles = request.filing.parts.contains { [.persist, .pickle].contains($0.role) }
            if hasKeptFiles || !session.hasLoaded(FilingScript.filing) { try take() }
            var command = try session.call(FilingScript.filing)
            let call = try lookup.call(request, merge, session, knownTexts, texts, uploads, now: now)
            if !call.uploads.isEmpty {
                try take()
                try session.upload(call.uploads)
            }
            command.add(call.arguments)
            next.commands.append(command)
            next.calls.append((place, call))
            if next.calls.count == Transaction.largest { try sendNext() }
            lookup.held[key] = call.after
            // The calls that follow find them, as they are run in this order.
            knownTexts.formUnion(call.texts)
        } catch {
            // What concerns the whole store concerns every filing; what is wrong with one stays with it.
            guard error.kind == .refused else { throw error }
            reached.append((place, .refused(error)))
        }
    }

    private func sendNext() throws(StoreError) {
        guard !next.calls.isEmpty else { return }
        if next.calls.count > 1 { try session.send(operation, RedisCommand("MULTI")) }
        for command in next.commands { try session.send(operation, command) }
        if next.calls.count > 1 { try session.send(operation, RedisCommand("EXEC")) }
        next.commands = []
        sent.append(next)
        next = Transaction()
    }

    /// Takes the answers to all calls: they come in the order of the calls.
    func take() throws(StoreError) {
        try sendNext()
        while let transaction = sent.first {
            let replies = try replies(to: transaction)
            sent.removeFirst()
            take(transaction, replies)
        }
    }

    private func replies(to transaction: Transaction) throws(StoreError) -> [RedisReply] {
        guard transaction.calls.count > 1 else { return [try session.reply(operation)] }
        let begun = try session.reply(operation)
        var queued: [RedisReply] = []
        for _ in transaction.calls { queued.append(try session.reply(operation)) }
        let ended = try session.reply(operation)
        // What does not even begin is answered call by call, and what was not queued ends the whole.
        if case .error = begun { return queued }
        if let replies = ended.array, replies.count == queued.count { return replies }
        let reason = queued.first { if case .error = $0 { true } else { false } } ?? ended
        return queued.map { _ in reason }
    }

    private func take(_ transaction: Transaction, _ replies: [RedisReply]) {
        for ((place, call), reply) in zip(transaction.calls, replies) {
            let key = requests[place].filing.key
            switch answer(reply, to: requests[place]) {
            case .filed(let filed):
                reached.append((place, filed))
                if case .done(let reference, _, _) = filed, lookup.held[key]?.number == nil {
                    lookup.held[key]?.number = reference.number
                }
                if case .done = filed { continue }
            case .again: again.append(place)
            case .failed(let error): failure = failure ?? error
            }
            knownTexts.subtract(call.texts)
            lookup.held[key] = nil
        }
    }

    private enum Outcome {
        case filed(Filed)
        case again
        case failed(StoreError)
    }

    /// What the script's reply means.
    private func answer(_ reply: RedisReply, to request: FilingRequest) -> Outcome {
        if case .error(let text) = reply {
            if text.hasPrefix("NOSCRIPT") {
                session.forgetScripts()
                return .again
            }
            let error = StoreError("filing", experiment.text, serverSaid: text)
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
        case "changed", "again", "text": return .again
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

    /// What stays of a series when only its first points do: from the nearest place before it whose extremes are known, the
    /// points are read.
    private func kept(
        of metric: MetricSummary, _ held: HeldTrial?, count: Int, wantsLast: Bool
    ) throws(StoreError) -> MetricMerge.Kept {
        var kept = MetricMerge.Kept(last: nil, extremes: SeriesExtremes())
        guard let number = held?.number else { return kept }
        let reference = TrialReference(experiment: experiment, number: number)
        var first = 0
        if let mark = held?.marks[metric.name]?.last(where: { $0.place <= count }) {
            (first, kept.extremes) = mark
        }
        try session.forEachPoint(of: metric.name, reference, first..<count) { (_, point) in
            kept.extremes.take(point.value)
            kept.last = point
        }
        guard wantsLast, kept.last == nil, count > 0 else { return kept }
        try session.forEachPoint(of: metric.name, reference, (count - 1)..<count) { (_, point) in kept.last = point }
        return kept
    }
}
