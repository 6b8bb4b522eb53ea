internal import Trials

/// Takes trials from one store to another, some at a time.
///
/// What is wrong with one trial is told and stays with it; what hinders a whole store is thrown.
struct TrialCopying {
    let reader: any TrialReader
    let writer: any TrialWriter
    let renumbers: Bool
    private(set) var copied = 0
    private(set) var renumbered = 0
    /// Trials that the other store did not take, and why.
    private(set) var refusals: [String] = []
    /// Whether one of these may be taken when it is copied again.
    private(set) var isUnsettled = false
    private var deleted = 0
    /// Trials whose numbers name others; they get new ones after all that keep theirs.
    private var numberless: [TrialReference] = []

    init(reader: any TrialReader, writer: any TrialWriter, renumbers: Bool) {
        self.reader = reader
        self.writer = writer
        self.renumbers = renumbers
    }

    /// What was done, for people.
    var told: String {
        var parts = ["\(copied) trials are there"]
        if renumbered > 0 { parts.append("\(renumbered) under new numbers") }
        if deleted > 0 { parts.append("\(deleted) were deleted there and stay so") }
        if !refusals.isEmpty { parts.append("\(refusals.count) were refused") }
        return parts.joined(separator: ", ")
    }

    /// Forgets what was refused, when somebody has been told of it.
    mutating func forgetRefusals() {
        refusals = []
        isUnsettled = false
    }

    /// Copies an experiment, lowest number first, so that new numbers keep the order.
    mutating func copy(_ id: Experiment.ID) async throws(StoreError) {
        var last = 0
        repeat {
            let page = try await page(of: id, after: last)
            try await copy(page.open)
            guard let end = page.last else { break }
            last = end
        } while true
        try await copyDeletions(in: id)
        try await giveNumbers()
    }

    /// The trials after a number, some fifty at most, without those that are there already. Where one of them cannot be read,
    /// it is among them all the same.
    private mutating func page(
        of id: Experiment.ID, after last: Int
    ) async throws(StoreError) -> (open: [TrialReference], last: Int?) {
        let query = History.Query(experiment: id, newestFirst: false)
        let rows: [History.Row]
        do throws(StoreError) {
            let cursor = last > 0 ? History.Cursor(number: last) : nil
            rows = try await reader.trials(query, after: cursor, limit: 50).rows
        } catch {
            guard error.kind == .damaged, !error.isTransient else { throw error }
            let highest = try await reader.experiments().first { $0.id == id }?.lastNumber ?? 0
            guard last < highest else { return ([], nil) }
            let numbers = last + 1...min(last + 50, highest)
            return (numbers.map { TrialReference(experiment: id, number: $0) }, numbers.upperBound)
        }
        return (try await passOver(rows, of: id), rows.last?.reference.number)
    }

    /// Counts the trials that the other store has as they are, and gives the others: after an interruption most are there, and
    /// reading them whole would take as long as it did the first time.
    private mutating func passOver(
        _ rows: [History.Row], of id: Experiment.ID
    ) async throws(StoreError) -> [TrialReference] {
        let known = try await writer.locate(rows.compactMap(\.key), in: id)
        var open: [TrialReference] = []
        for row in rows {
            guard case .done(let place, let revision, _)? = row.key.flatMap({ known[$0] }), revision >= row.revision,
                renumbers || place == row.reference
            else {
                open.append(row.reference)
                continue
            }
            copied += 1
            if place != row.reference { renumbered += 1 }
        }
        return open
    }

    /// Copies trials, but those that get new numbers.
    mutating func copy(_ references: [TrialReference]) async throws(StoreError) {
        var batch: [RestoredTrial] = []
        var points = 0
        for reference in references {
            guard let trial = try await trialOrRefusal(reference) else { continue }
            batch.append(trial)
            points += trial.filing.metrics.reduce(0) { $0 + $1.points.count }
            if points > 50_000 {
                try await file(batch)
                (batch, points) = ([], 0)
            }
        }
        try await file(batch)
    }

    /// Nil for one that went meanwhile, and for one that cannot be copied, which is told.
    private mutating func trialOrRefusal(_ reference: TrialReference) async throws(StoreError) -> RestoredTrial? {
        do throws(StoreError) { return try await trial(reference) } catch {
            try refuse(reference, error)
            return nil
        }
    }

    private mutating func file(_ trials: [RestoredTrial]) async throws(StoreError) {
        guard !trials.isEmpty else { return }
        do throws(StoreError) {
            for (trial, answer) in zip(trials, try await writer.restore(trials)) {
                if renumbers, case .refused(let error) = answer, error.kind == .refused, !error.isTransient {
                    numberless.append(TrialReference(experiment: trial.filing.experiment, number: trial.number))
                } else {
                    _ = try take(answer, of: trial)
                }
            }
        } catch {
            // A batch in which one is at fault is told from a store that is.
            guard trials.count > 1, Self.concernsOne(error) else {
                return try refuse(
                    TrialReference(experiment: trials[0].filing.experiment, number: trials[0].number), error)
            }
            try await file(Array(trials[..<(trials.count / 2)]))
            try await file(Array(trials[(trials.count / 2)...]))
        }
    }

    /// Gives new numbers to the trials that cannot keep theirs.
    mutating func giveNumbers() async throws(StoreError) {
        let waiting = numberless
        numberless = []
        for reference in waiting {
            guard let trial = try await trialOrRefusal(reference) else { continue }
            do throws(StoreError) {
                let answer = try await writer.file([trial.filing]).first ?? .notReached
                if try take(answer, of: trial) { renumbered += 1 }
            } catch {
                try refuse(reference, error)
            }
        }
    }

    /// Counts an answer; whether the trial is there.
    private mutating func take(_ answer: Filed, of trial: RestoredTrial) throws(StoreError) -> Bool {
        let reference = TrialReference(experiment: trial.filing.experiment, number: trial.number)
        switch answer {
        case .done:
            copied += 1
            return true
        case .deleted: deleted += 1
        case .refused(let error):
            let remedy = renumbers || error.isTransient ? "" : " (--renumber gives it another number)"
            refusals.append("trial \(reference): \(error.reason)" + remedy)
            isUnsettled = isUnsettled || error.isTransient
        case .notReached:
            refusals.append("trial \(reference): the store did not come to it (run the command again)")
            isUnsettled = true
        }
        return false
    }

    /// Tells of a trial that could not be copied; throws what hinders all of them.
    private mutating func refuse(_ reference: TrialReference, _ error: StoreError) throws(StoreError) {
        guard Self.concernsOne(error) else { throw error }
        refusals.append("trial \(reference): \(error.operation): \(error.reason)")
    }

    /// Whether an error is the fault of one trial.
    private static func concernsOne(_ error: StoreError) -> Bool {
        switch error.kind {
        case .refused, .damaged: !error.isTransient
        case .unavailable, .misconfigured, .notFound: false
        }
    }
}
