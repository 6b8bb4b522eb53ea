import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct RunEndsTests {
    typealias Verdict = RunEnds.Verdict

    static func run(process: Bool = false, ended: (RunExit, Int)? = nil, seen: Int = 0) -> RunRecord {
        var run = RunRecord(
            key: .test(1), experiment: MarkerStory.experiment, backend: "here",
            place: MarkerPlace(project: "/p", path: "a.run"), revision: Revision(1), facts: TrialFacts(), given: [],
            metrics: [], outcome: nil, seen: at(seen))
        if process { run.process = MarkerStory.process(7) }
        run.ended = ended.map { RunRecord.Ending(exit: $0.0, at: at($0.1)) }
        return run
    }

    static func at(_ seconds: Int) -> Timestamp { Timestamp(nanoseconds: seconds * 1_000_000_000) }

    static func verdict(
        _ run: RunRecord, now: Int, deleted: Int? = nil, staleClose: Bool = false
    ) -> Verdict {
        let settings = EndSettings(
            grace: .seconds(2), search: .seconds(3), stale: .seconds(100), staleClose: staleClose,
            unknownExit: .aborted)
        return RunEnds.verdict(
            on: run, RunEnds.Circumstances(now: at(now), deleted: deleted.map(at), settings: settings))
    }

    @Test func `a process's end waits for the grace, and then closes with its moment`() {
        let run = Self.run(process: true, ended: (.exited(3), 10))
        #expect(Self.verdict(run, now: 11) == .open(again: .seconds(1)))
        #expect(Self.verdict(run, now: 12) == .close(.process(.exited(3), at: Self.at(10), .aborted)))
        // A clock that was set back tells nothing of how much has passed.
        #expect(Self.verdict(run, now: 5) == .close(.process(.exited(3), at: Self.at(10), .aborted)))
    }

    @Test func `a deleted marker ends nothing while the process lives`() {
        #expect(Self.verdict(Self.run(process: true), now: 1000, deleted: 10, staleClose: true) == .open(again: nil))
    }

    @Test func `a deleted marker without a process is looked for, and then ends the run`() {
        #expect(Self.verdict(Self.run(), now: 11, deleted: 10) == .open(again: .seconds(2)))
        #expect(Self.verdict(Self.run(), now: 13, deleted: 10) == .close(.deletion(at: Self.at(10))))
    }

    @Test func `silence closes only where the configuration says so`() {
        #expect(Self.verdict(Self.run(), now: 1000) == .open(again: nil))
        #expect(Self.verdict(Self.run(), now: 60, staleClose: true) == .open(again: .seconds(40)))
        #expect(
            Self.verdict(Self.run(), now: 100, staleClose: true)
                == .close(.silence(of: .seconds(100), at: Self.at(100))))
    }

    @Test(arguments: [
        (RunEnd.process(.exited(0), at: at(1), .failed), TrialState.succeeded, nil),
        (.process(.exited(3), at: at(1), .failed), .failed, "Exit(3)"),
        (.process(.signalled(9), at: at(1), .failed), .failed, "Signal(9, killed)"),
        (.process(.unknown, at: at(1), .aborted), .aborted, nil),
        (.deletion(at: at(1)), .aborted, nil), (.silence(of: .seconds(1), at: at(1)), .lost, nil),
        (.request(.failed, at: at(1)), .failed, "Failed()"),
    ])
    func `an end gives the trial its state and says what went wrong`(end: RunEnd, state: TrialState, error: String?) {
        let told = RunLifecycle.close(Self.run(), end)
        #expect(told.record.outcome?.state == state)
        #expect(told.record.outcome?.error?.description == error)
        #expect(told.record.outcome?.isExplicit == true)
        #expect(told.filing?.revision == Revision(2))
    }
}
