internal import Bytes
internal import JSON
internal import Records
internal import SystemCalls
internal import Trials

extension ExperimentStore {
    /// A filing, with the number that the trial has to have when it comes from another store.
    struct Request {
        var filing: Filing
        var number: Int?
        var filed: Timestamp?
    }

    /// Files runs: one append to the journal, one fdatasync, then everything that is derived from it.
    func file(_ requests: [Request]) throws(StoreError) -> [Filed] {
        recent.check(journal)
        var batch = FilingBatch(after: journal.length, names: index.names, lastNumber: index.header.lastNumber)
        var answers: [Filed] = []
        for request in requests {
            let before = batch.place
            do throws(StoreError) {
                answers.append(try stage(request, in: &batch))
            } catch {
                // What concerns the whole store concerns every filing; what is wrong with one stays with it.
                guard error.kind == .refused else { throw error }
                batch.goBack(to: before)
                answers.append(.refused(error))
            }
        }
        guard !batch.lines.isEmpty else { return answers }
        // What the layout lacks from before is not forgotten by what is new.
        let layoutIsCurrent = index.header.layoutLength == journal.length
        try journal.append(batch.lines)
        // From here on the filings are done. What fails below is derived, and is made good at the next use.
        do throws(StoreError) {
            try derive(batch, withLayout: layoutIsCurrent)
            recent.take(batch.staged, in: journal)
        } catch {
            recent = RecentTrials()
            notices.append(Notice("\(folder.path.shown): filed, but its files lag behind: \(error)"))
        }
        return answers
    }

    /// Brings index, pickle entries and layout to where the journal is.
    func derive(_ batch: FilingBatch, withLayout: Bool) throws(StoreError) {
        try index.begin(boot: settings.boot)
        for (event, extent) in batch.events { try apply(event, at: extent) }
        for change in batch.changes {
            try addEntries(
                of: change.trial, recorded: change.recorded, wholly: change.isWhole, python: change.python)
        }
        index.header.journalLength = journal.length
        try index.end()
        guard withLayout else { return }
        for change in batch.changes { try writeLayout(of: change.trial, onlyMissing: change.hasLayout) }
        index.header.layoutLength = journal.length
        try index.end()
    }

    private func stage(_ request: Request, in batch: inout FilingBatch) throws(StoreError) -> Filed {
        let filing = request.filing
        let held: FilingBatch.Staged?
        if let staged = batch.staged[filing.key] ?? recent[filing.key] {
            held = staged
        } else if let number = try index.number(of: filing.key) {
            guard let stored = try self.staged(number) else {
                return .deleted(TrialReference(experiment: filing.experiment, number: number))
            }
            held = stored
        } else {
            held = nil
        }
        if let held {
            let reference = TrialReference(experiment: filing.experiment, number: held.number)
            if let number = request.number, number != held.number {
                throw refused(reference, "the run is filed under this number, and not under \(number)")
            }
            if filing.revision <= held.revision { return .done(reference, held.revision, []) }
        } else if let number = request.number {
            let reference = TrialReference(experiment: filing.experiment, number: number)
            guard number > 0, number <= 1 << 40 else { throw refused(reference, "a trial has a number from 1 on") }
            if try index.row(number) != nil || batch.staged.values.contains(where: { $0.number == number }) {
                throw refused(reference, "the number names another run", "copy with new numbers")
            }
        }
        return try stage(request, held, in: &batch)
    }

    /// Takes a filing into the batch whose trial is held as given, and whose revision is higher.
    private func stage(
        _ request: Request, _ held: FilingBatch.Staged?, in batch: inout FilingBatch
    ) throws(StoreError) -> Filed {
        let filing = request.filing
        let now = settings.now()
        let number: Int
        if let known = held?.number ?? request.number {
            number = known
        } else {
            number = try freeNumber(after: batch.lastNumber)
        }
        let reference = TrialReference(experiment: filing.experiment, number: number)
        let row = try held == nil ? nil : index.row(number)
        let merge = try MetricMerge(held?.metrics ?? [], after: held?.additions ?? [], adding: filing.metrics) {
            (metric, count, wantsLast) throws(StoreError) in
            try kept(of: metric, row, count: count, wantsLast: wantsLast)
        }
        if let gap = merge.gap {
            throw refused(reference, gap, "file the part between, then run `trialwatch retry`")
        }
        for part in filing.parts {
            guard try adopt(part) else { throw refused(reference, "part \(part.digest) was not stored before") }
        }
        let parts = try filing.parts + captured(by: filing)
        let trial = StoredTrial(
            reference: reference, key: filing.key, revision: filing.revision, facts: filing.facts,
            capture: filing.capture, metrics: merge.summaries, parts: Self.merge(held?.parts ?? [], parts),
            outcome: filing.outcome, filed: held?.filed ?? request.filed ?? now)
        var folded: [(digest: String, content: JSON)] = []
        var document = try texts.document(of: trial) { folded.append(($0, $1)) }
        let facts = document["facts"].map { FilingBatch.StagedFacts($0) }
        let isWhole = held == nil || held?.facts?.digest != facts?.digest

        let compares = filing.capture != nil || filing.look != nil
        let earlier = try held != nil && compares ? self.capture(of: held, number) : nil
        let factsBefore = try isWhole ? held.flatMap { held throws(StoreError) in try self.facts(of: held) } : nil

        // Nothing of this filing can fail from here on, but for the disk.
        var notices: [Notice] = []
        for name in filing.facts.persisted.map(\.name) + filing.parts.filter({ $0.role == .persist }).map(\.name) {
            notices += Self.notice(batch.name(.step, name))
        }
        for metric in merge.summaries { notices += Self.notice(batch.name(.metric, metric.name)) }
        for addition in merge.additions { batch.points(addition, of: number) }
        if !isWhole { document["facts"] = nil }
        var capture = held == nil ? .some(nil) : held?.capture
        if let made = document["capture"]?.object {
            try add(folded, to: &batch)
            document["capture"] = made == earlier ? nil : .object(made)
            if made != earlier { notices += try self.notices(of: trial, made, in: batch) }
            capture = .some(made)
        }
        if let look = filing.look { notices += FilingNotices.look(look, since: capture ?? earlier) }
        notices += try self.notices(of: trial, isWhole: isWhole, before: factsBefore, in: batch)
        // They stay on the trial, whoever files the next of it.
        let told = notices.reduce(into: held?.notices ?? []) { told, notice in
            if !told.contains(notice) { told.append(notice) }
        }
        document["notices"] = .array(told.map { .string($0.text) })
        let recorded = Self.recorded(filing.outcome, before: held?.recorded)
        let print =
            (!isWhole && recorded == held?.recorded ? held?.print : nil)
            ?? TrialPrint(parameters: filing.facts.parameters, recorded: recorded, seed: filing.facts.seed).key(number)
        add(trial, document, at: now, recorded: recorded, isNew: held == nil, print: print, to: &batch)
        batch.lastNumber = max(batch.lastNumber, number)
        batch.changes.append(FilingBatch.Change(trial: trial, recorded: recorded, isWhole: isWhole))
        batch.staged[filing.key] = FilingBatch.Staged(
            number: number, revision: filing.revision, filed: trial.filed ?? now, metrics: merge.summaries,
            additions: (held?.additions ?? []) + merge.additions, parts: trial.parts, facts: facts, capture: capture,
            outcome: filing.outcome, recorded: recorded, print: print, notices: told)
        return .done(reference, filing.revision, notices)
    }

    /// The line of the trial as it is now; `print` is what daskperiment's record of it is known by.
    func add(
        _ trial: StoredTrial, _ document: JSON.Object, at now: Timestamp, recorded: Outcome?, isNew: Bool,
        print: RunKey, to batch: inout FilingBatch
    ) {
        guard let key = trial.key, let filed = trial.filed else { return }
        let kind = trial.outcome != nil ? "closed" : isNew ? "opened" : "updated"
        var line: JSON.Object = [
            "event": .string(kind), "trial": JSON(trial.reference.number), "at": .string(now.description),
            "print": .string(print.text), "document": .object(document),
        ]
        if trial.outcome == nil, let recorded, let json = try? JSON.encode(recorded) { line["recorded"] = json }
        let event = JournalEvent.TrialEvent(
            number: trial.reference.number, key: key, revision: trial.revision, state: trial.state,
            filed: Int64(filed.nanoseconds), at: Int64(now.nanoseconds), holdsFacts: document["facts"] != nil,
            holdsCapture: document["capture"] != nil,
            stepHashes: document["facts"] == nil ? [] : trial.facts.stepHashes, print: print)
        batch.add(.trial(event)) { JournalLine.seal(line, into: &$0) }
    }

    /// The next number that no trial has; one that a Python process has taken for a trial that it is running is its.
    func freeNumber(after last: Int) throws(StoreError) -> Int {
        var number = last + 1
        while try PythonFiles(folder: folder).isTaken(number) { number += 1 }
        return number
    }

    /// The end that daskperiment's history tells of.
    private static func recorded(_ outcome: Outcome?, before: Outcome?) -> Outcome? {
        guard let outcome else { return before }
        return outcome.state == .succeeded || outcome.state == .failed ? outcome : nil
    }

    /// The capture of a trial, read now if it was not before.
    func capture(of staged: FilingBatch.Staged?, _ number: Int) throws(StoreError) -> JSON.Object? {
        if case .some(let known)? = staged.map(\.capture) { return known }
        guard let row = try index.row(number), row.state != .deleted else { return nil }
        return try capture(row)
    }

    /// The facts of a trial, read now if they were not before.
    private func facts(of staged: FilingBatch.Staged) throws(StoreError) -> JSON? {
        if let json = staged.facts?.json { return json }
        guard let row = try index.row(staged.number), row.state != .deleted else { return nil }
        return try facts(row)
    }

    private func staged(_ number: Int) throws(StoreError) -> FilingBatch.Staged? {
        guard let row = try index.row(number), let held = try newestLine(row) else { return nil }
        return FilingBatch.Staged(
            number: number, revision: held.trial.revision, filed: held.trial.filed ?? settings.now(),
            metrics: held.trial.metrics, parts: held.trial.parts,
            facts: try facts(row).map { FilingBatch.StagedFacts($0) }, capture: nil,
            outcome: held.trial.outcome, recorded: held.recorded, print: held.print, notices: held.trial.notices ?? [])
    }

    /// The parts of the capture that are here, but those that the filing names itself.
    private func captured(by filing: Filing) throws(StoreError) -> [PartReference] {
        var parts: [PartReference] = []
        for part in filing.capture?.keptParts ?? [] {
            guard Digest<SHA256>(hex: part.digest)?.hex == part.digest, !filing.parts.contains(part), try adopt(part)
            else {
                continue
            }
            parts.append(part)
        }
        return parts
    }

    private static func merge(_ held: [PartReference], _ new: [PartReference]) -> [PartReference] {
        held.filter { old in !new.contains { $0.role == old.role && $0.name == old.name } } + new
    }

    /// Has the batch take in the texts that the journal lacks.
    func add(_ texts: [(digest: String, content: JSON)], to batch: inout FilingBatch) throws(StoreError) {
        for (digest, content) in texts where try index.value(.text(digest)) == nil {
            batch.text(content, digest: digest)
        }
    }

    private func refused(_ trial: TrialReference, _ reason: String, _ remedy: String? = nil) -> StoreError {
        StoreError(.refused, "filing", "\(trial)", reason: reason, remedy: remedy, isTransient: false)
    }
}
