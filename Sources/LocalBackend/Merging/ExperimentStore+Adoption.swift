internal import JSON
internal import Pickle
internal import Records
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Trials of Python processes become trials of the journal.
extension ExperimentStore {
    /// A trial that is to be adopted, under the number that it gets.
    private struct Adoption {
        var pythonNumber: Int
        var number: Int
        var key: RunKey

        var isMoved: Bool { number != pythonNumber }
    }

    /// Takes into the journal what a survey found and the journal does not have.
    ///
    /// A trial keeps its number when that is free. A Python process that read the pickle earlier takes numbers without
    /// asking: when another trial has the number, its trial gets the next free one, files and all.
    ///
    /// `confirm` is asked before anything is taken, when all was read.
    func adopt(
        _ survey: PythonSurvey, reserved: Int, from reader: inout PickleReader,
        confirm: () throws(StoreError) -> Void
    ) throws(PickleError) {
        do {
            let adoptions = try adoptions(of: survey, reserved: reserved)
            var batch = newBatch()
            for hash in survey.hashes { batch.add(.hash(hash)) { JournalWriter.hash(hash, into: &$0) } }
            if adoptions.isEmpty {
                try confirm()
            } else {
                var trials = try PutByTrials(
                    Set(adoptions.map(\.pythonNumber)), at: folder.temporary.appending("python"))
                _ = try reader.read(&trials)
                try confirm()
                let kept =
                    folder.isShadow ? [:] : try PythonFiles(folder: folder).kept(Set(adoptions.map(\.pythonNumber)))
                for adoption in adoptions {
                    try adopt(
                        trials.trial(adoption.pythonNumber), as: adoption, kept[adoption.pythonNumber] ?? [], in: &batch
                    )
                    guard batch.lines.count > 4 << 20 else { continue }
                    try commit(batch)
                    batch = newBatch()
                }
                try commit(batch)
                batch = newBatch()
                for adoption in adoptions where adoption.isMoved {
                    try removeFiles(takenBy: adoption.pythonNumber, kept[adoption.pythonNumber] ?? [])
                }
            }
            if reserved > max(batch.lastNumber, index.header.lastNumber) {
                batch.add(.reserved(reserved)) { JournalWriter.reserved(reserved, into: &$0) }
            }
            try commit(batch)
        } catch let error as PickleError {
            throw error
        } catch {
            throw PickleError(offset: 0, .stopped(error))
        }
    }

    private func newBatch() -> FilingBatch {
        FilingBatch(after: journal.length, names: index.names, lastNumber: index.header.lastNumber)
    }

    private func commit(_ batch: FilingBatch) throws(StoreError) {
        guard !batch.lines.isEmpty else { return }
        let layoutIsCurrent = index.header.layoutLength == journal.length
        try journal.append(batch.lines)
        try derive(batch, withLayout: layoutIsCurrent)
    }

    private func adoptions(of survey: PythonSurvey, reserved: Int) throws(StoreError) -> [Adoption] {
        var adoptions: [Adoption] = []
        var last = max(index.header.lastNumber, reserved, survey.prints.keys.max() ?? 0)
        for (number, print) in survey.prints.sorted(by: { $0.key < $1.key }) {
            let key = print.key(number)
            guard try index.value(.print(key)) == nil else { continue }
            var adoption = Adoption(pythonNumber: number, number: number, key: key)
            if try index.row(number) != nil {
                last = try freeNumber(after: last)
                adoption.number = last
            }
            adoptions.append(adoption)
        }
        return adoptions
    }

    private func adopt(
        _ python: PythonTrial, as adoption: Adoption, _ kept: [(step: String, path: FilePath)],
        in batch: inout FilingBatch
    ) throws(StoreError) {
        let number = adoption.number
        let reference = TrialReference(experiment: folder.experiment, number: number)
        let holder = adoption.isMoved ? try trial(adoption.pythonNumber) : nil
        var reading = PythonReading(python, files: PythonFiles(folder: folder), now: settings.now())
        var parts: [PartReference] = []
        // A shadow has them where they are.
        if !folder.isShadow {
            try reading.readFiles(besides: holder?.trial)
            parts = try keep(kept, as: number, besides: holder, &reading)
        }
        var trial = StoredTrial(
            reference: reference, key: adoption.key, revision: Revision(1), facts: reading.facts,
            capture: reading.capture, parts: parts, outcome: reading.outcome,
            // As far as anybody knows, daskperiment wrote it when it ended.
            filed: reading.outcome?.finished ?? settings.now())
        for part in parts { batch.take(.step, part.name) }
        for series in python.series {
            let name = batch.names.name(.metric, storedAs: series.key) ?? series.key
            batch.take(.metric, name)
            guard let points = reading.points[series.key], let last = points.last else { continue }
            let merge = try MetricMerge([], adding: [MetricPiece(name: name, offset: 0, points: points)]) {
                (_, _, _) throws(StoreError) in MetricMerge.Kept(last: last, extremes: SeriesExtremes())
            }
            for addition in merge.additions { batch.points(addition, of: number) }
            trial.metrics += merge.summaries
        }
        if adoption.isMoved {
            let mine = "\(folder.experiment) \(adoption.pythonNumber)"
            trial.notices.append(
                Notice("a Python process filed it as \(mine), which was another trial's number already"))
        }
        var folded: [(digest: String, content: JSON)] = []
        let document = try texts.document(of: trial) { folded.append(($0, $1)) }
        try add(folded, to: &batch)
        add(trial, document, PythonRecord(python, as: number, unsaid: reading.unsaid), adoption, to: &batch)
        if let holder {
            try tell(
                "a Python process took its number, too; that process's trial is \(reference)", holder, in: &batch)
        }
    }

    /// Removes the files that a moved trial left under the number that it had, but those of the trial whose number it is.
    private func removeFiles(takenBy number: Int, _ kept: [(step: String, path: FilePath)]) throws(StoreError) {
        let holder = try trial(number)?.trial
        let files = PythonFiles(folder: folder)
        var paths: [FilePath] = []
        if holder?.capture?.code == nil { paths.append(folder.code(number)) }
        for category in EnvironmentRecord.categories where holder?.capture?.environment[category] == nil {
            paths.append(files.environmentFile(category, number))
        }
        let steps = Set(
            (holder?.facts.persisted.map(\.name) ?? []) + (holder?.parts.map(\.name) ?? []))
        for (step, path) in kept {
            let name = index.names.name(.step, storedAs: step) ?? step
            if !steps.contains(name) { paths.append(path) }
        }
        for path in paths {
            do throws(SystemCallError) { try FileSystem.remove(path) } catch {
                guard error.errno == .noSuchFileOrDirectory else {
                    throw StoreError("removing a file of a trial that has another number now", path, error)
                }
            }
        }
    }

    private func add(
        _ trial: StoredTrial, _ document: JSON.Object, _ record: PythonRecord, _ adoption: Adoption,
        to batch: inout FilingBatch
    ) {
        let now = settings.now()
        let line: JSON.Object = [
            "event": "adopted", "trial": JSON(trial.reference.number), "at": .string(now.description),
            "print": .string(record.print.text), "python": record.json, "document": .object(document),
        ]
        let event = JournalEvent.TrialEvent(
            number: trial.reference.number, key: adoption.key, revision: trial.revision, state: trial.state,
            filed: Int64((trial.filed ?? now).nanoseconds), at: Int64(now.nanoseconds), holdsFacts: true,
            holdsCapture: document["capture"] != nil, stepHashes: [], print: record.print,
            pythonNumber: adoption.pythonNumber)
        batch.add(.trial(event)) { JournalLine.seal(line, into: &$0) }
        batch.lastNumber = max(batch.lastNumber, trial.reference.number)
        batch.changes.append(
            FilingBatch.Change(
                trial: trial, recorded: nil, isWhole: true, python: record, hasLayout: !adoption.isMoved))
    }

    /// Adds a notice to a trial that the journal has, whose files a Python process may have overwritten.
    private func tell(_ text: String, _ held: Held, in batch: inout FilingBatch) throws(StoreError) {
        var trial = held.trial
        trial.key = held.row.key
        let notice = Notice(text)
        if !trial.notices.contains(notice) { trial.notices.append(notice) }
        var document = try texts.document(of: trial) { _, _ in }
        // They are where they were.
        document["facts"] = nil
        document["capture"] = nil
        add(
            trial, document, at: settings.now(), recorded: held.recorded, isNew: false, print: held.print, to: &batch)
        batch.changes.append(
            FilingBatch.Change(
                trial: trial, recorded: held.recorded, isWhole: false, python: held.python))
    }
}
