import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct DeskWaitTests {
    @Test(arguments: ["claims", "spool"])
    func `nothing is claimed while a disk takes nothing, status says since when, and then it is`(
        _ what: String
    ) async throws {
        let ground = try await DeskGround()
        let failing = what == "claims" ? ground.disk : ground.spool
        failing.isFailing = true
        try await ground.version("state: running\n")
        #expect(await ground.claims.open.isEmpty)
        #expect(ground.waits.all.map(\.since) == [Timestamp(nanoseconds: 5)])
        #expect(await !ground.desk.isIdle)
        await ground.desk.due(at: .now + .seconds(2))
        #expect(ground.waits.all.count == 1)
        failing.isFailing = false
        await ground.desk.due(at: .now + .seconds(4))
        #expect(await ground.claims.open.count == 1)
        #expect(ground.waits.all.isEmpty)
        #expect(await ground.desk.isIdle)
    }

    @Test func `the same reason is told once, since it was met first`() {
        let waits = DiskWaits { Timestamp(nanoseconds: 7) }
        let error = AgentError(.spooling, "spool", "no space left")
        #expect(waits.failed(.spool("/a"), error))
        #expect(!waits.failed(.spool("/a"), error))
        #expect(waits.failed(.spool("/b"), error))
        #expect(waits.all == [DiskWait(since: Timestamp(nanoseconds: 7), reason: error.description)])
        #expect(throws: AgentError.self) { try waits.checkSpool() }
        #expect(waits.passed(.spool("/a")) && waits.passed(.spool("/b")) && !waits.passed(.spool("/b")))
        #expect(throws: Never.self) { try waits.checkSpool() }
    }
}
