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
        if row.capture != row.document {
            document["capture"] = try capture(row).map { .object($0) }
        }
        let folded = document["capture"]?.object
        if let capture = folded {
            document["capture"] = .object(
                detail == .whole ? try unfold(capture) : FoldedTexts.removed(from: capture))
        }
        do throws(RecordError) {
            if document["facts"] == nil { document["facts"] = try Self.noFacts() }
            var trial = try TrialDocument.decode(document)
            if row.isPythons { trial.key = nil }
            return Held(
                row: row, trial: trial, recorded: Self.recorded(line, trial.outcome),
                python: PythonRecord(python))
        } catch {
            throw unreadable(row, "\(error)")
        }
    }

    /// What a trial's newest line says of it: all but facts and capture, which may stand in lines of before.
    struct NewestLine {
        struct Document: Decodable {
            var revision: Revision
            var metrics: [MetricSummary]
            var parts: [PartReference]
            var outcome: Outcome?
            var filed: Timestamp?
            var notices: [Notice]?
        }

        var trial: Document
        /// The end that daskperiment's history tells of.
        var recorded: Outcome?
        /// What daskperiment's record of the trial is known by; nil in lines of before.
        var print: RunKey?
    }

    /// The newest line of the trial of a row; nil when it was deleted.
    func newestLine(_ row: IndexRow) throws(StoreError) -> NewestLine? {
        guard row.state != .deleted else { return nil }
        let line = try line(row.document, of: row)
        do throws(RecordError) {
            let trial = try TrialDocument.decode(line["document"]?.object ?? [:], as: NewestLine.Document.self)
            return NewestLine(
                trial: trial, recorded: Self.recorded(line, trial.outcome),
                print: line["print"]?.string.flatMap { RunKey($0) })
        } catch {
            throw unreadable(row, "\(error)")
        }
    }

    /// The facts of the trial of a row as their line has them; nil when it was damaged.
    func facts(_ row: IndexRow) throws(StoreError) -> JSON? {
        row.facts.isNone ? nil : try line(row.facts, of: row)["document"]?["facts"]
    }

    /// The capture of the trial of a row as its line has it, its texts folded; nil when it has none.
    func capture(_ row: IndexRow) throws(StoreError) -> JSON.Object? {
        row.capture.isNone ? nil : try line(row.capture, of: row)["document"]?["capture"]?.object
    }

    private static func recorded(_ line: JSON.Object, _ outcome: Outcome?) -> Outcome? {
        guard let outcome else { return try? line["recorded"]?.decode(Outcome.self) }
        return outcome.state == .succeeded || outcome.state == .failed ? outcome : nil
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
