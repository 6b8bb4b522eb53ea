import SystemCalls
import Trials

extension Filer {
    /// Files everything that waits and may be tried now, batch after batch.
    func fileAll() async throws(AgentError) {
        var (place, readAhead): (EntryName?, SpoolBatch?) = (nil, nil)
        while !Task.isCancelled {
            let batch: SpoolBatch
            if let read = readAhead { batch = read } else { batch = try await pending(after: place) }
            guard !batch.entries.isEmpty else { return await memory.rest() }
            async let next = batchRead(besides: batch)
            let isWhole: Bool
            do throws(StoreError) {
                isWhole = try await file(batch.entries)
            } catch {
                isPrepared = false
                _ = await next
                await forgetAcknowledged()
                throw failure(error)
            }
            if isWhole { place = batch.end }
            readAhead = await next
            if !isWhole { readAhead = nil }
            if readAhead == nil { await forgetAcknowledged() }
        }
        await forgetAcknowledged()
    }

    private func pending(after place: EntryName?, underWay: Set<UInt64> = []) async throws(AgentError) -> SpoolBatch {
        let batch = try await spool.pending(
            for: backend.name, after: place, excluding: delayed, underWay: underWay, limit: batchLimit)
        for notice in batch.notices { report.note(notice) }
        return batch
    }

    /// Two batches are in memory at a time, and no more than the store takes at once.
    private var batchLimit: FilingCapacity {
        let capacity = backend.writer.capacity
        return FilingCapacity(trials: max(1, capacity.trials / 2), bytes: capacity.bytes / 2)
    }

    /// The batch after one that is being filed, read meanwhile; nil when there is none, or it has to be looked for again.
    private func batchRead(besides batch: SpoolBatch) async -> SpoolBatch? {
        await forgetAcknowledged()
        guard batch.isFull, batch.bytes <= batchLimit.bytes else { return nil }
        // What goes wrong with it is told when it is read in its turn.
        let next = try? await pending(after: batch.end, underWay: Set(batch.entries.map(\.name.run)))
        return next?.entries.isEmpty == false ? next : nil
    }

    /// Files one batch; false when the store did not come to all of it. Throws when it came to nothing.
    private func file(_ entries: [SpoolEntry]) async throws(StoreError) -> Bool {
        await remember()
        let answered = AnsweredBatch(
            entries, try await call(entries), in: backend.name, keepsAcknowledged: incarnation != nil)
        var setAside = 0
        var outage: StoreError?
        for (entry, error) in answered.refused {
            switch policy.verdict(on: error) {
            case .setAside:
                setAside += 1
                await self.setAside(entry, error)
            case .waitForStore:
                outage = error
                delay(entry, error)
            case .waitForRun:
                delay(entry, error)
            }
        }
        // Before the entries go: after a crash they are filed once more, and the receipts written.
        for failure in await receipts.write(answered.filed, at: now()) { report.note(failure) }
        report.filed(answered.filed.map(\.run))
        await memory.add(answered.filed.count)
        acknowledged.settled += answered.settled
        acknowledged.kept += answered.kept
        guard answered.filed.isEmpty, setAside == 0 else { return answered.isWhole }
        if let outage { throw outage }
        if answered.isUntouched {
            throw StoreError(
                .unavailable, "filing", backend.name, reason: "the store came to none of \(entries.count) trials",
                isTransient: true)
        }
        return answered.isWhole
    }

    /// Has gc know that there are trials here. A disk that is full keeps no trial from its store: it is tried again with the next.
    private func remember() async {
        do throws(AgentError) {
            try await spool.willFile(
                to: FiledStores.Store(name: backend.name, kind: backend.kind, address: backend.address))
            isUnremembered = false
        } catch {
            if !isUnremembered { report.note("\(error)") }
            isUnremembered = true
        }
    }

    private func call(_ entries: [SpoolEntry]) async throws(StoreError) -> [Filed] {
        underWay.added()
        defer { underWay.finished() }
        let filing = BatchFiling(
            writer: backend.writer, policy: policy, progressed: { [underWay] in underWay.progressed() })
        return try await filing.file(entries)
    }

    /// Has the spool forget what the store has acknowledged: while the next batch is being filed, if there is one.
    private func forgetAcknowledged() async {
        let (settled, kept) = acknowledged
        acknowledged = ([], [])
        do throws(AgentError) {
            if !settled.isEmpty { try await spool.remove(settled, of: backend.name) }
            if !kept.isEmpty { try await spool.keep(kept, of: backend.name) }
        } catch {
            report.note("\(error)")
        }
    }

    private func setAside(_ entry: SpoolEntry, _ error: StoreError) async {
        let notice = await spool.setAside(entry.name, of: backend.name, reason: "\(error)")
        if let notice { report.note(notice) }
        report.setAside(entry, "\(error)")
    }

    private func delay(_ entry: SpoolEntry, _ error: StoreError) {
        delayed.insert(entry.name.run)
        let failure = failure(error)
        // What only a person can mend must not be hidden by what passes by itself.
        if delayReason?.isTransient != false { delayReason = failure }
        report.failed("\(failure)")
    }
}
