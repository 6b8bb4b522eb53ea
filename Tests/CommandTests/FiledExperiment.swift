import LocalBackend
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

extension Sandbox {
    /// Files trials of `resnet`, each as a run of its own, in the store that commands read unasked.
    func file(_ filings: [Filing]) async throws {
        let backend = LocalBackend(
            directory: root.appending("data/trialwatch"), boot: try Clock.bootIdentifier(), now: { noon })
        _ = try await backend.prepare()
        for answer in try await backend.file(filings) {
            guard case .done = answer else { throw ProgramError("filing: \(answer)") }
        }
        try await backend.synchronize()
    }
}

/// A filing of run `number` of `resnet`, which is done.
func makeFiling(
    _ number: Int, _ parameters: Fields = [:], result: Value? = .float(0.9), metrics: [MetricPiece] = [],
    change: (inout Filing) -> Void = { _ in }
) throws -> Filing {
    let digits = String(number, radix: 16)
    var facts = TrialFacts()
    facts.parameters = parameters
    facts.started = noon
    var filing = Filing(
        key: try #require(RunKey(String(repeating: "0", count: 64 - digits.count) + digits)),
        experiment: try #require(Experiment.ID("resnet")), revision: Revision(1), facts: facts, metrics: metrics,
        outcome: Outcome(
            state: .succeeded, result: result, finished: Timestamp(nanoseconds: noon.nanoseconds + 1_500_000_000),
            processTime: .milliseconds(1500)))
    change(&filing)
    return filing
}
