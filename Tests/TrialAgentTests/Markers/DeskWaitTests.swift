import SystemCalls
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

    @Test(arguments: [Sighting.Kind.renamedIn, .closedAfterWrite, .listed])
    func `what cannot be compared with the claims waits, status says so, and then each version is claimed once`(
        _ kind: Sighting.Kind
    ) async throws {
        let ground = try await DeskGround(keeping: 1)
        for number in 1...3 { try await ground.version("result: \(number)\n", at: FilePath("\(number).run")) }
        let log = ground.state.appending("claims")
        let files = try ClaimSegment.numbers(beside: log).map { ClaimSegment.path($0, beside: log) }
            .map { (path: $0, bytes: try $0.content()) }
        for file in files { try OwnedDescriptor(opening: file.path, .readWrite).truncate(to: 0) }
        try await ground.version("result: 4\n", at: "4.run")
        // Known and seen again.
        try await ground.seen("1.run", kind)
        #expect(await ground.desk.count == 3)
        #expect(ground.waits.all.first?.reason.contains("looking up what was claimed") == true)
        #expect(await !ground.desk.isIdle)
        await ground.desk.due(at: .now + .seconds(2))
        #expect(ground.waits.all.count == 1)
        for file in files { try OwnedDescriptor(opening: file.path, .readWrite).write(file.bytes) }
        await ground.desk.due(at: .now + .seconds(4))
        #expect(await ground.desk.count == 4)
        #expect(ground.waits.all.isEmpty)
        #expect(await ground.desk.isIdle)
        try await ground.seen("4.run", .renamedIn)
        #expect(await ground.desk.count == 4)
    }

    @Test func `a first scan is not over while nobody can say what of it was claimed before`() async throws {
        let ground = try await DeskGround(backfill: false, keeping: 1)
        for number in 1...3 { try await ground.version("result: \(number)\n", at: FilePath("\(number).run")) }
        let log = ground.state.appending("claims")
        let files = try ClaimSegment.numbers(beside: log).map { ClaimSegment.path($0, beside: log) }
            .map { (path: $0, bytes: try $0.content()) }
        try ground.write("result: 5\n", at: "5.run")
        try await ground.seen("5.run", .listed)
        for file in files { try OwnedDescriptor(opening: file.path, .readWrite).truncate(to: 0) }
        try await ground.seen("5.run", .scanCompleted)
        #expect(await ground.desk.unwritten.count == 1)
        for file in files { try OwnedDescriptor(opening: file.path, .readWrite).write(file.bytes) }
        await ground.desk.due(at: .now + .seconds(2))
        #expect(await ground.desk.baselineCount(of: ground.root) == 1)
        #expect(ground.waits.all.isEmpty)
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
