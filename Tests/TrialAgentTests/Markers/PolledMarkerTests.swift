import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct `Markers of which no event tells` {
    @Test func `on a network file system one counts when it has stood still for two intervals`() async throws {
        let ground = try await DeskGround(pollInterval: .seconds(5))
        let desk = ground.desk
        let start = ContinuousClock.now
        try await ground.found("parameters: {a:", polled: .network, start)
        await desk.due(at: start)
        #expect(await desk.next == start + .seconds(10))
        // More of it is written, which the next look at its folder tells.
        try await ground.found("parameters: {a: 1}\nstate: running\n", polled: .network, start + .seconds(5))
        await desk.due(at: start + .seconds(5))
        await desk.due(at: start + .seconds(10))
        #expect(await desk.count == 0)
        #expect(await !desk.isIdle)
        await desk.due(at: start + .seconds(15))
        #expect(await desk.count == 1)
        #expect(try await ground.run().facts.parameters["a"] == .integer(1))
        #expect(await desk.isIdle)
    }

    @Test func `one that is found while the project's first scan is not over is new`() async throws {
        let ground = try await DeskGround(pollInterval: .seconds(5), backfill: false)
        let start = ContinuousClock.now
        try await ground.found("state: running\n", polled: .network, start)
        await ground.desk.due(at: start)
        let over = Sighting(project: ground.root, path: FilePath(), kind: .scanCompleted, polled: .network)
        await ground.desk.take([Sighted(sighting: over)], at: start)
        await ground.desk.due(at: start + .seconds(10))
        #expect(await ground.desk.count == 1)
    }

    @Test func `content that changed without the file's metadata telling so has to stand still anew`() async throws {
        let ground = try await DeskGround(pollInterval: .seconds(5))
        let start = ContinuousClock.now
        try await ground.found("state: running\nparameters: {a: 1}\n", polled: .network, start)
        await ground.desk.due(at: start)
        try ground.write("state: running\nparameters: {a: 2}\n")
        await ground.desk.due(at: start + .seconds(10))
        #expect(await ground.desk.count == 0)
        await ground.desk.due(at: start + .seconds(20))
        #expect(await ground.desk.count == 1)
    }

    @Test func `for want of watches one counts as soon as nobody has it open for writing`() async throws {
        let ground = try await DeskGround(pollInterval: .seconds(5))
        let desk = ground.desk
        let start = ContinuousClock.now
        try await ground.found("state: running\n", polled: .limit, start)
        var writer: OwnedDescriptor? = try ground.open()
        await desk.due(at: start + .seconds(1))
        #expect(await desk.count == 0)
        #expect(await desk.isIdle, "nobody waits for a writer")
        #expect(await desk.next == start + .seconds(6))
        writer = nil
        await desk.due(at: start + .seconds(6))
        #expect(await desk.count == 1)
        _ = consume writer
    }

    @Test func `a run's last version is waited for as long as it may take to be seen`() async throws {
        let ground = try await DeskGround(pollInterval: .seconds(5))
        #expect(await ground.desk.endSettings(of: ground.root) == EndSettings())
        try await ground.found("state: running\n", polled: .limit, .now)
        let settings = await ground.desk.endSettings(of: ground.root)
        #expect(settings.grace == .seconds(10))
        #expect(settings.search == .seconds(15))
        let over = Sighting(project: ground.root, path: "", kind: .scanCompleted)
        await ground.desk.take([Sighted(sighting: over)], at: .now)
        #expect(await ground.desk.endSettings(of: ground.root) == EndSettings())
    }
}
