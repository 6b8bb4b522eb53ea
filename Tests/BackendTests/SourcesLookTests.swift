import BackendTesting
import Testing
import Trials

/// What changed of a run's code while it ran is told by the store, which has its capture.
@Suite struct SourcesLookTests {
    @Test(arguments: backendFixtures, [true, false])
    func `what differs at a run's end from its capture is told on the trial`(
        _ fixture: BackendFixture, atOnce: Bool
    ) async throws {
        let backend = try await fixture.make().open()
        var run = SampleRun(1)
        run.capture = SampleRun.wholeCapture()
        run.capture?.sources = ["a.py", "b.py", "c.py"].map { SourceFile(path: $0, size: 1, sha256: "00") }
        run.capture?.lockfiles = [
            ArtifactFacts(path: "uv.lock", size: 1, modified: SampleRun.time(0), sha256: "00")
        ]
        let begun = run.filing(revision: 1)
        var look = SourcesLook()
        look.code = [
            SourceFile(path: "a.py", size: 1, sha256: "00"), SourceFile(path: "b.py", size: 2, sha256: "11"),
            SourceFile(path: "d.py", size: 1, sha256: "00"),
        ]
        look.lockfiles = [SourceFile(path: "uv.lock", size: 1, sha256: "22")]
        look.problems = ["and so on"]
        run.capture = nil
        let ended = run.filing(revision: 2, look: look, outcome: SampleRun.success())
        if atOnce {
            _ = try await backend.file([begun, ended])
        } else {
            _ = try await backend.file([begun])
            _ = try await backend.file([ended])
        }
        let told = [
            "changed while it ran: b.py, uv.lock", "removed while it ran: c.py", "added while it ran: d.py",
            "and so on",
        ]
        #expect(try await backend.trial(run.reference(1))?.notices.map(\.text) == told)
        // They stay.
        _ = try await backend.file([run.filing(revision: 3, outcome: SampleRun.success())])
        #expect(try await backend.trial(run.reference(1))?.notices.map(\.text) == told)
    }

    @Test func `of what was not looked at, then or now, nothing is told, and of many files eight are named`() {
        let files = (0..<10).map { SourceFile(path: "\($0).py", size: 1, sha256: "00") }
        var look = SourcesLook()
        #expect(look.notices(since: files, lockfiles: []) == [])
        look.code = []
        #expect(look.notices(since: nil, lockfiles: []) == [])
        #expect(
            look.notices(since: files, lockfiles: []).map(\.text) == [
                "removed while it ran: 0.py, 1.py, 2.py, 3.py, 4.py, 5.py, 6.py, 7.py and 2 more"
            ])
    }
}
