internal import JSON
internal import Records
internal import SystemCalls
internal import SystemPackage
internal import Trials

extension ExperimentStore {
    /// Deletes trials for good: the journal is written anew without their lines, with a line for each that says only
    /// that it was deleted; their files, and parts that no other trial has, go too.
    ///
    /// A number that was never given out, or is deleted, is passed over.
    func delete(_ numbers: [Int]) throws(StoreError) {
        var deleted: [StoredTrial] = []
        var keys: [Int: RunKey] = [:]
        for number in Set(numbers).sorted() {
            guard let row = try index.row(number), row.state != .deleted else { continue }
            let held: Held?
            do throws(StoreError) { held = try trial(row, capture: .brief) } catch {
                // A trial whose lines are damaged can be deleted all the same.
                guard error.kind == .refused else { throw error }
                held = nil
            }
            let reference = TrialReference(experiment: folder.experiment, number: number)
            keys[number] = row.key
            deleted.append(
                held?.trial
                    ?? StoredTrial(reference: reference, key: row.key, revision: row.revision, facts: TrialFacts()))
        }
        guard !deleted.isEmpty else { return try writePickleWithoutDeleted() }
        // The files first: should this end half way, the trials are still there to be deleted again.
        for trial in deleted { try removeLayout(of: trial) }
        let kept = try survey(without: Set(deleted.map(\.reference.number)))
        try writeJournalAnew(without: deleted, keys, keeping: kept)
        guard let reopened = try Journal(folder.journal, creating: false) else {
            throw StoreError(
                .damaged, "deleting trials", folder.journal.shown, reason: "the journal was removed meanwhile",
                isTransient: true)
        }
        journal = reopened
        recent = RecentTrials()
        try rebuild(withLayout: false)
        for digest in Set(deleted.flatMap(\.parts).map(\.digest)) where !kept.parts.contains(digest) {
            try release(digest)
        }
        try writePickleWithoutDeleted()
    }

    private func writePickleWithoutDeleted() throws(StoreError) {
        guard pickleIsBehind, try !writePickle(within: settings.patience, keepingOld: false) else { return }
        throw StoreError(
            .unavailable, "deleting trials", folder.pickle.shown,
            reason: "another process has the pickle open for writing", remedy: "try again when it has ended",
            isTransient: true)
    }

    /// What the trials that stay refer to.
    private struct Kept {
        var texts: Set<String> = []
        var parts: Set<String> = []
        /// By number, what the deleted trials were known by: a Python process may still have them in its memory.
        var prints: [Int: [RunKey]] = [:]
    }

    private func survey(without deleted: Set<Int>) throws(StoreError) -> Kept {
        var kept = Kept()
        try forEachRow { row throws(StoreError) in
            guard !deleted.contains(row.number), let held = try trial(row, capture: .brief) else { return }
            kept.parts.formUnion(held.trial.parts.map(\.digest))
        }
        // Texts by line and not by row: an older line of a trial may still refer to them.
        try journal.forEachLine(from: 0) { (line, _) throws(StoreError) in
            guard let kind = JournalLine.event(line), kind != "points", kind != "text",
                let object = JournalLine.read(line), let number = object["trial"]?.int
            else { return }
            if deleted.contains(number) {
                let prints = [object["print"], object["python"] == nil ? nil : object["document"]?["key"]]
                kept.prints[number, default: []] += prints.compactMap { $0?.string.flatMap { RunKey($0) } }
                return
            }
            guard let capture = object["document"]?["capture"]?.object else { return }
            kept.texts.formUnion(FoldedTexts.digests(in: capture))
        }
        return kept
    }

    private func writeJournalAnew(
        without deleted: [StoredTrial], _ keys: [Int: RunKey], keeping kept: Kept
    ) throws(StoreError) {
        let numbers = Set(deleted.map(\.reference.number))
        let now = settings.now()
        var buffer: [UInt8] = []
        let file = try attempt("deleting trials", folder.journal) { () throws(SystemCallError) in
            try DurableFile(at: folder.journal)
        }
        try journal.forEachLine(from: 0) { (line, _) throws(StoreError) in
            if let object = JournalLine.read(line) {
                if let number = object["trial"]?.int, numbers.contains(number) { return }
                if object["event"] == "text", let digest = object["sha256"]?.string, !kept.texts.contains(digest) {
                    return
                }
            }
            buffer += line
            guard buffer.count > 1 << 20 else { return }
            do throws(SystemCallError) { try file.write(buffer) } catch {
                throw StoreError("deleting trials", folder.journal, error)
            }
            buffer.removeAll(keepingCapacity: true)
        }
        for trial in deleted {
            let number = trial.reference.number
            guard let key = keys[number] else { continue }
            JournalWriter.deleted(number, key, kept.prints[number] ?? [], at: now, into: &buffer)
        }
        do throws(SystemCallError) {
            try file.write(buffer)
            try file.commit()
        } catch {
            throw StoreError("deleting trials", folder.journal, error)
        }
    }
}
