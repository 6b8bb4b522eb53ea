import Trials

/// One batch handed to a store, so that an entry that the store chokes on is told from the others.
struct BatchFiling: Sendable {
    let writer: any TrialWriter
    let policy: RetryPolicy
    /// Called whenever the store has answered: a batch of large parts takes long and is not stuck.
    var progressed: @Sendable () -> Void = {}

    /// Stores the parts of the entries, then files them: one answer an entry, in order.
    ///
    /// Throws only when the store answered nothing at all for reasons of its own. A batch that is refused for good as a whole
    /// is halved until the entry is found that is at fault.
    func file(_ entries: [SpoolEntry]) async throws(StoreError) -> [Filed] {
        var answers = [Filed](repeating: .notReached, count: entries.count)
        var ready: [Int] = []
        for (place, entry) in entries.enumerated() {
            if let refusal = try await storeParts(of: entry) {
                answers[place] = .refused(refusal)
            } else {
                ready.append(place)
            }
        }
        if !ready.isEmpty {
            for (place, answer) in zip(ready, try await fileHalving(ready.map { entries[$0].filing })) {
                answers[place] = answer
            }
        }
        return answers
    }

    /// Nil when all are stored; otherwise why this entry cannot be filed.
    private func storeParts(of entry: SpoolEntry) async throws(StoreError) -> StoreError? {
        do throws(StoreError) {
            for (part, source) in entry.sources {
                try await writer.store(part, from: source)
                progressed()
            }
            return nil
        } catch {
            guard policy.mayConcernOneEntry(error) else { throw error }
            return error
        }
    }

    private func fileHalving(_ filings: [Filing]) async throws(StoreError) -> [Filed] {
        do throws(StoreError) {
            defer { progressed() }
            let answers = try await writer.file(filings)
            // A store that forgets an answer has not said that it filed.
            return answers.prefix(filings.count)
                + [Filed](repeating: .notReached, count: max(0, filings.count - answers.count))
        } catch {
            guard policy.mayConcernOneEntry(error) else { throw error }
            guard filings.count > 1 else { return [.refused(error)] }
        }
        let middle = filings.count / 2
        let first = try await fileHalving(Array(filings[..<middle]))
        do throws(StoreError) {
            return first + (try await fileHalving(Array(filings[middle...])))
        } catch {
            // What the store answered for the first half stands; it is asked again for the rest.
            return first + [Filed](repeating: .notReached, count: filings.count - middle)
        }
    }
}
