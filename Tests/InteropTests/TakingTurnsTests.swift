import BackendTesting
import JSON
import LocalBackend
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

/// A Python process and an agent at work on one experiment at once, both killed at random.
@Suite(
    .enabled(
        if: RealDaskperiment.python != nil || !RealDaskperiment.mayBeMissing, Comment(rawValue: RealDaskperiment.advice)
    ))
struct TakingTurnsTests {
    @Test func `no trial of either is lost, none is there twice, and each number names one`() async throws {
        let rounds = Soak.isAsked ? 200 : 14
        let store = try InteropStore()
        let folder = store.folder("sample")
        var random = SeededRandom(20_261_126)
        var python: LivePython? = try LivePython("sample", in: folder)
        var acknowledged: [Int] = []
        var kills = (python: 0, agent: 0)
        for round in 1...rounds {
            if python == nil { python = try LivePython("sample", in: folder) }
            // Within what a trial takes here, so that some kills come before it, some after, and some between.
            let (killsPython, killsAgent) = (round % 5 == 3, round % 4 == 1)
            let pause = Int(random.next() % 60)
            var agent = try WriterProcess("local:\(store.directory.appending("store"))", first: round, count: 1)
            try python?.tell(["do": "trial", "x": JSON(round)])
            if killsAgent {
                Clock.pause(milliseconds: pause)
                try agent.kill()
                kills.agent += 1
            }
            if killsPython {
                if !killsAgent { Clock.pause(milliseconds: pause) }
                python?.kill()
                python = nil
                kills.python += 1
            } else {
                _ = try python?.answer()
                acknowledged.append(round)
            }
            _ = try agent.end()
            _ = try await store.backend.reconcile(SampleRun(1).experiment)
        }
        // What was not acknowledged is filed again, as the spool does.
        for round in 1...rounds { for filing in FiledInSteps(round).filings { _ = try await store.file([filing]) } }
        _ = try await store.backend.reconcile(SampleRun(1).experiment)
        try await store.backend.synchronize()

        let record = try RealDaskperiment.read("sample", in: folder)
        let rows = try #require(record["history"]?["rows"]?.object)
        let theirs = rows.members.compactMap { $0.value["x"]?.double.flatMap { Int(exactly: $0) } }
        let ours = rows.members.compactMap { $0.value["number"]?.double.flatMap { Int(exactly: $0) } }
        #expect(Set(theirs).count == theirs.count, "a trial of Python's is there twice: \(theirs)")
        #expect(Set(acknowledged).subtracting(theirs) == [], "trials of Python's are lost")
        #expect(ours.sorted() == Array(1...rounds))
        #expect(rows.count == theirs.count + ours.count)
        #expect(kills.python > 0 && kills.agent > 0)
        // A trial whose files were lost with a killed process may lack them; nothing else may be unreadable.
        let listed = try await store.backend.trials(
            History.Query(experiment: SampleRun(1).experiment), after: nil, limit: 10_000)
        #expect(Set(listed.rows.map(\.reference.number)).count == listed.rows.count)
        #expect(listed.rows.filter { $0.state == .succeeded }.count == rows.count)
    }
}
