import SystemCalls
import TestFiles
import Testing
import Trials

@testable import TrialAgent

/// What the desk makes of the end of a process, whenever it hears of it.
@Suite(.timeLimit(.minutes(1))) struct ProcessEndTests {
    @Test func `the late end of an earlier attempt's process ends no later attempt`() async throws {
        let ground = try await DeskGround()
        var first = try Script("read go; exit 3")
        let second = try Script("read go")
        try await ground.version("{run: b, pid: \(first.number)}")
        let before = try #require(try await ground.run().process)
        let key = try await ground.run().key
        try first.goOn()
        #expect(try first.end() == .exited(3))
        try await ground.version("{run: b, pid: \(second.number)}")
        #expect(try await ground.run().facts.attempt == 2)
        let end = ProcessWatch.End(key: key, process: before, exit: .exited(3), at: .now)
        await ground.desk.processEnded(end, at: .now)
        let run = try await ground.run()
        #expect(run.process?.number == second.number)
        #expect(run.isFollowed)
        #expect(await ground.desk.isIdle)
    }

    @Test func `how a process ended is what was told first, until that could be written down`() async throws {
        let ground = try await DeskGround()
        let script = try Script("read go")
        try await ground.version("pid: \(script.number)")
        let run = try await ground.run()
        let process = try #require(run.process)
        ground.disk.isFailing = true
        for exit in [RunExit.exited(3), .unknown] {
            let end = ProcessWatch.End(key: run.key, process: process, exit: exit, at: .now)
            await ground.desk.processEnded(end, at: .now)
        }
        #expect(try await ground.run().isFollowed)
        #expect(await !ground.desk.isIdle)
        ground.disk.isFailing = false
        await ground.desk.due(at: .now + MarkerDesk.retryDelay)
        #expect(try await ground.run().ended?.exit == .exited(3))
    }
}
