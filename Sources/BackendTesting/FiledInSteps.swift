public import Trials

/// A run told in three filings: begun, gone on, ended.
public struct FiledInSteps: Sendable {
    /// The run.
    public let run: SampleRun
    /// Its filings, in the order of their revisions.
    public let filings: [Filing]
    /// The values that its series has in the end.
    public let losses: [Double] = [4, 3, 2, 1]

    /// The run `number`.
    public init(_ number: Int) {
        var run = SampleRun(number)
        run.facts.persisted = ["features": .list([.integer(number), .text("é")])]
        run.capture = SampleRun.wholeCapture()
        let begun = run.filing(revision: 1, metrics: [SampleRun.piece("loss", [4])])
        run.capture = nil
        let gone = run.filing(revision: 2, metrics: [SampleRun.piece("loss", at: 1, [3, 2])])
        let ended = run.filing(
            revision: 3, metrics: [SampleRun.piece("loss", at: 3, [1])],
            outcome: SampleRun.success(.integer(number)))
        self.run = run
        filings = [begun, gone, ended]
    }
}
