import SystemCalls
import Trials

/// Writes receipts for markers whose projects want them, on a thread of its own: a project's disk may be slow.
actor ReceiptWriter {
    private let executor = BlockingExecutor("trialwatch.receipts")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Writes the receipts of what was filed; gives what went wrong, each as a sentence.
    func write(_ filed: [(entry: SpoolEntry, run: FiledRun)], at moment: Timestamp) -> [String] {
        var failures: [String] = []
        for (entry, run) in filed {
            guard let marker = entry.receipt else { continue }
            let problems = entry.filing.facts.problems + (entry.filing.capture?.problems ?? [])
            do throws(AgentError) {
                try Receipt(run, problems: problems, at: moment).write(at: marker)
            } catch {
                failures.append("\(error)")
            }
        }
        return failures
    }
}
