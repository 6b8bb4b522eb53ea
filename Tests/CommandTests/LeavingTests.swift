import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(5))) struct LeavingTests {
    @Test
    func `a store's call that hangs does not keep the agent from leaving, and what it was about is filed next time`()
        async throws
    {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        let first = try await sandbox.startAgent()
        try sandbox.replace(project.appending("1.run"), with: "result: 1\n")
        try await sandbox.flush()
        let lock = try Self.lock(in: sandbox.root.appending("data/trialwatch/resnet"))
        try lock.lock(.exclusive)
        try sandbox.replace(project.appending("2.run"), with: "result: 2\n")
        let spool = sandbox.root.appending("state/trialwatch/spool/new")
        #expect(try await sandbox.eventually { try FileSystem.entries(of: spool).count == 1 })
        let before = ContinuousClock.now
        #expect(await first.stop() == .status(0))
        #expect(ContinuousClock.now - before < .seconds(5))
        #expect(try FileSystem.entries(of: spool).count == 1)
        try lock.unlock()
        let second = try await sandbox.startAgent()
        try await sandbox.flush()
        let trials = try await sandbox.run("history", "resnet", "--json").json().array ?? []
        #expect(trials.compactMap { $0["result"]?.int }.sorted() == [1, 2])
        #expect(await second.stop() == .status(0))
    }

    /// The file by which processes take turns at an experiment.
    private static func lock(in experiment: FilePath) throws -> OwnedDescriptor {
        try OwnedDescriptor(opening: experiment.appending("trialwatch/lock"), .readWrite)
    }

    @Test func `the service manager hears of progress twice an interval`() async throws {
        let sandbox = try Sandbox()
        try sandbox.configure("projects: []\n")
        let (agent, manager) = try await sandbox.startHeardAgent(environment: ["WATCHDOG_USEC": "400000"])
        for _ in 1...4 {
            #expect(try await manager.message(with: "WATCHDOG=1", within: .seconds(10)) == ["WATCHDOG=1"])
        }
        #expect(await agent.stop() == .status(0))
    }

    @Test func `it hears nothing while a store's call does not return`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        let (agent, manager) = try await sandbox.startHeardAgent(environment: ["WATCHDOG_USEC": "400000"])
        try sandbox.replace(project.appending("1.run"), with: "result: 1\n")
        try await sandbox.flush()
        let lock = try Self.lock(in: sandbox.root.appending("data/trialwatch/resnet"))
        try lock.lock(.exclusive)
        try sandbox.replace(project.appending("2.run"), with: "result: 2\n")
        var silent = false
        for _ in 1...60 where !silent {
            silent = try await manager.message(with: "WATCHDOG=1", within: .seconds(2)) == nil
        }
        #expect(silent)
        try lock.unlock()
        #expect(try await manager.message(with: "WATCHDOG=1", within: .seconds(20)) != nil)
        #expect(await agent.stop() == .status(0))
    }
}
