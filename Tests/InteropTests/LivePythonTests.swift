import JSON
import ProgramTesting
import SystemPackage
import TestFiles
import Testing

/// The process that other tests let work beside us does what it says, with nobody beside it.
@Suite(
    .enabled(
        if: RealDaskperiment.python != nil || !RealDaskperiment.mayBeMissing, Comment(rawValue: RealDaskperiment.advice)
    ))
struct LivePythonTests {
    private let temporary: TemporaryDirectory
    private var folder: FilePath { temporary.path.appending("cache") }

    init() throws { temporary = try TemporaryDirectory() }

    @Test func `a live process runs trials that succeed, fail and are interrupted`() throws {
        let live = try LivePython("live", in: folder)
        #expect(live.greeting["trial"] == 0)
        let first = try live.ask(["do": "trial", "x": 3])
        #expect(first["trial"] == 1)
        #expect(first["result"]?.double == 8.5)
        #expect(first["loss"]?.array?.compactMap(\.double) == [3, 1.5, 1])
        #expect(first["finished"]?.string?.hasPrefix("20") == true)
        let failed = try live.ask(["do": "fail"])
        #expect(failed["trial"] == 2)
        #expect(failed["raised"] == "ValueError(bad input)")
        let interrupted = try live.ask(["do": "abort"])
        #expect(interrupted["trial"] == 3)
        #expect(interrupted["raised"] == "KeyboardInterrupt()")
        #expect(interrupted["finished"]?.isNull == true)
        let second = try live.ask(["do": "trial", "x": 4, "rate": 2])
        #expect(second["trial"] == 4)
        #expect(second["result"]?.double == 2)
        let rows = try live.ask(["do": "history"])["rows"]
        #expect(rows?.object?.keys == ["1", "2", "4"])
        #expect(rows?["1"]?["label"] == "größe ✓")
        #expect(rows?["2"]?["Description"] == "ValueError(bad input)")
        #expect(rows?["4"]?["Finished"] == second["finished"])
    }

    @Test func `what it cannot do is an error, and it goes on`() throws {
        let live = try LivePython("live", in: folder)
        #expect(throws: ProgramError.self) { try live.ask(["do": "dance"]) }
        #expect(try live.ask(["do": "trial"])["trial"] == 1)
    }

    @Test func `it reads the file again when it is told to, and not before`() throws {
        let live = try LivePython("live", in: folder)
        try live.ask(["do": "trial"])
        #expect(try RealDaskperiment.addTrial(to: "live", in: folder) == 2)
        #expect(try live.ask(["do": "history"])["trial"] == 1)
        #expect(try live.ask(["do": "reload"])["trial"] == 2)
        #expect(try live.ask(["do": "trial"])["trial"] == 3)
    }

    @Test func `a process that was killed answers no more, and what it did is there`() throws {
        let live = try LivePython("live", in: folder)
        try live.ask(["do": "trial"])
        live.kill()
        #expect(throws: ProgramError.self) { try live.ask(["do": "history"]) }
        let next = try LivePython("live", in: folder)
        #expect(next.greeting["trial"] == 1)
    }
}
