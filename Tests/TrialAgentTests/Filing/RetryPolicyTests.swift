import Testing
import Trials

@testable import TrialAgent

@Suite struct `The policy of trying again` {
    let policy = RetryPolicy()

    @Test(arguments: [
        (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (1000, 60), (.max, 60),
    ])
    func `doubles the longest wait up to a minute`(attempts: Int, seconds: Int) {
        #expect(policy.bound(after: attempts) == .seconds(seconds))
    }

    @Test(arguments: [1, 4, 30]) func `draws from the whole range`(attempts: Int) {
        var random = SeededGenerator(seed: 42)
        let bound = policy.bound(after: attempts)
        let delays = (0..<1000).map { _ in policy.delay(after: attempts, using: &random) }
        #expect(delays.allSatisfy { (.zero...bound).contains($0) })
        for tenth in 0..<10 {
            let range = (bound * tenth / 10)...(bound * (tenth + 1) / 10)
            #expect(delays.count { range.contains($0) } > 50, "tenth \(tenth)")
        }
    }

    @Test(arguments: [
        (StoreError.Kind.unavailable, true, RetryPolicy.Verdict.waitForStore, false),
        (.unavailable, false, .waitForRun, false),
        (.misconfigured, true, .waitForRun, false),
        (.misconfigured, false, .waitForRun, false),
        (.damaged, true, .waitForRun, false),
        (.damaged, false, .waitForRun, true),
        (.refused, true, .waitForRun, false),
        (.refused, false, .setAside, true),
        (.notFound, false, .setAside, true),
    ])
    func `gives nothing up but what was refused for good`(
        kind: StoreError.Kind, isTransient: Bool, verdict: RetryPolicy.Verdict, mayConcernOneEntry: Bool
    ) {
        let error = StoreError(kind, "filing", "resnet", reason: "no", isTransient: isTransient)
        #expect(policy.verdict(on: error) == verdict)
        #expect(policy.mayConcernOneEntry(error) == mayConcernOneEntry)
    }
}
