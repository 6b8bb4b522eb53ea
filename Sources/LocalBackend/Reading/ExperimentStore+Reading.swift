internal import JSON
internal import Records
internal import Trials

extension ExperimentStore {
    /// A trial as the journal has it.
    struct Held {
        var row: IndexRow
        var trial: StoredTrial
        /// The end that daskperiment's history tells of: the trial's, or while it runs anew that of the attempt before.
        var recorded: Outcome?
        /// Facts and capture as their lines have them, the capture's texts folded.
        var facts: JSON?
        var capture: JSON.Object?
        /// What a Python process wrote, as it did; nil for a trial of ours.
        var python: PythonRecord?

        /// What daskperiment's record of it is known by.
        var print: RunKey {
            if let python { return python.print }
            return TrialPrint(parameters: trial.facts.parameters, recorded: recorded, seed: trial.facts.seed)
                .key(row.number)
        }
    }

    /// How much of a capture is read.
    enum CaptureDetail {
        /// All of it, its texts too.
        case whole
        /// All but the texts of code and environment.
        case brief
        /// None of it.
        case none
    }

    /// A trial by its number; nil when it does not exist or was deleted.
    func trial(_ number: Int, capture detail: CaptureDetail = .whole) throws(StoreError) -> Held? {
        guard let row = try index.row(number) else { return nil }
        return try trial(row, capture: detail)
    }

    /// The trial of a row; nil when it was deleted.
    func trial(_ row: IndexRow, capture detail: CaptureDetail) throws(StoreError) -> Held? {
        guard row.state != .deleted else { return nil }
        let line = try line(row.document, of: row)
        var document = line["document"]?.object ?? [:]
        var python = line["python"]
        if row.facts != row.document {
            let line = row.facts.isNone ? nil : try self.line(row.facts, of: row)
            document["facts"] = line?["document"]?["facts"]
            python = line?["python"]
        }
        if detail == .none {
            document["capture"] = nil
        } else if row.capture != row.document {
            document["capture"] = row.capture.isNone ? nil : try self.line(row.capture, of: row)["document"]?["capture"]
        }
        let folded = document["capture"]?.object
        let facts = document["facts"]
        if let capture = folded {
            document["capture"] = .object(
                detail == .whole ? try unfold(capture) : FoldedTexts.removed(from: capture))
        }
        do throws(RecordError) {
            if document["facts"] == nil { document["facts"] = try Self.noFacts() }
            var trial = try TrialDocument.decode(document)
            if row.isPythons { trial.key = nil }
            let recorded = try? line["recorded"]?.decode(Outcome.self)
            let end = trial.outcome.flatMap { $0.state == .succeeded || $0.state == .failed ? $0 : nil }
            return Held(
                row: row, trial: trial, recorded: trial.outcome == nil ? recorded : end, facts: facts, capture: folded,
                python: PythonRecord(python))
        } catch {
            throw unreadable(row, "\(error)")
        }
    }

    /// The facts of a trial whose line of facts was damaged.
    private static func noFacts() throws(RecordError) -> JSON {
        var facts = TrialFacts()
        facts.problems = ["what the run said of itself was lost: its line in the journal is damaged"]
        do throws(JSONError) { return try JSON.encode(facts) } catch { throw .malformed("\(error)") }
    }

    private func line(_ extent: Extent, of row: IndexRow) throws(StoreError) -> JSON.Object {
        guard let line = JournalLine.read(try journal.read(extent)[...]) else {
            throw unreadable(row, "its line in the journal is damaged")
        }
        return line
    }

    func unreadable(_ row: IndexRow, _ reason: String) -> StoreError {
        StoreError(
            .refused, "reading a trial", "\(folder.experiment) \(row.number)", reason: reason, isTransient: false)
    }

    /// A capture with its texts in their places.
    private func unfold(_ capture: JSON.Object) throws(StoreError) -> JSON.Object {
        try FoldedTexts.unfold(capture) { (digest) throws(StoreError) -> JSON? in
            guard let place = try index.value(.text(digest)) else { return nil }
            let line = try journal.line(at: Int64(place) - 1)
            return JournalLine.read(line[...])?["content"]
        }
    }
}
