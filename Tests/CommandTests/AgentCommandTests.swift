import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(5))) struct AgentCommandTests {
    @Test func `a marker becomes a trial, with what it says`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        let agent = try await sandbox.startAgent()
        try sandbox.replace(
            project.appending("train.run"),
            with: "parameters: {lr: 0.1}\nresult: 0.93\nmetrics: {loss: [0.9, 0.4]}\nseed: 7\n")
        try await sandbox.flush()
        let trials = try await sandbox.run("history", "resnet", "--json").json().array ?? []
        #expect(trials.count == 1)
        #expect(trials.first?["parameters"]?["lr"]?.double == 0.1)
        #expect(trials.first?["result"]?.double == 0.93)
        #expect(trials.first?["metrics"]?["loss"]?.double == 0.4)
        #expect(trials.first?["seed"]?.int == 7)
        #expect(trials.first?["success"] == true)
        #expect(await agent.stop() == .status(0))
    }

    @Test func `status tells what is watched, what runs and what was rejected where`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        let agent = try await sandbox.startAgent()
        try sandbox.replace(project.appending("open.run"), with: "state: running\nparameters: {lr: 0.1}\n")
        try sandbox.replace(project.appending("bad.run"), with: "result: 1\nseed: many\n")
        try await sandbox.flush()

        let status = try await sandbox.run("status", "--json").json()
        #expect(status["running"] == true)
        #expect(status["healthy"] == true)
        #expect(status["projects"]?[0]?["experiment"] == "resnet")
        #expect(status["open"]?[0]?["trial"]?.int == 1)
        #expect(status["rejected_count"]?.int == 1)
        #expect(status["rejected"]?[0]?["path"] == .string(project.appending("bad.run").string))
        #expect(status["rejected"]?[0]?["line"]?.int == 2)
        #expect(status["rejected"]?[0]?["column"]?.int == 7)

        let page = try await sandbox.run("status")
        #expect(page.exit == .status(0))
        #expect(page.text.contains("bad.run:2:7: "))
        #expect(page.text.contains("resnet 1"))
        #expect(try await sandbox.run("history", "resnet").lines.last?.contains("running") == true)
        #expect(await agent.stop() == .status(0))
        #expect(try await sandbox.run("status").exit == .status(1))
    }

    @Test func `a folder that is not there makes status unhealthy, and is named`() async throws {
        let sandbox = try Sandbox()
        try sandbox.configure("projects: [{path: ~/gone}]\n")
        let agent = try await sandbox.startAgent()
        let status = try await sandbox.run("status")
        #expect(status.exit == .status(1))
        #expect(status.text.contains("home/gone"))
        #expect(status.text.contains("not there"))
        _ = await agent.stop()
    }

    @Test func `a pickle that somebody has open is said to lag behind, until he closes it`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        let agent = try await sandbox.startAgent()
        try sandbox.replace(project.appending("train.run"), with: "result: 1\n")
        try await sandbox.flush()
        let lag = { try await sandbox.run("status", "--json").json()["backends"]?[0]?["lag_seconds"] }
        #expect(try await lag() == .null)
        do {
            let pickle = sandbox.root.appending("data/trialwatch/resnet/resnet.pkl")
            let writer = try OwnedDescriptor(opening: pickle, .readWrite)
            guard try writer.isOpenForWriting() != nil else { return }
            try sandbox.replace(project.appending("train.run"), with: "result: 2\n")
            let flush = try await sandbox.run("flush")
            #expect(flush.exit == .status(1) && flush.errors.contains("another process has it open"))
            #expect(try #require(try await lag()?.double) > 0)
        }
        try await sandbox.flush()
        #expect(try await lag() == .null)
        #expect(await agent.stop() == .status(0))
    }

    @Test func `what a burst of markers took in memory is given back`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        let agent = try await sandbox.startAgent()
        let idle = try agent.residentBytes()
        for number in 1...1000 {
            try sandbox.replace(
                project.appending("\(number).run"), with: "result: \(number)\nmetrics: {loss: [1, 2]}\n")
        }
        try await sandbox.flush()
        // A third of what it keeps by itself.
        #expect(try agent.residentBytes() < idle + 16 << 20)
        #expect(await agent.stop() == .status(0))
    }

    @Test func `two agents do not share a state directory`() async throws {
        let sandbox = try Sandbox()
        try sandbox.configure("projects: []\n")
        let agent = try await sandbox.startAgent()
        let second = try await sandbox.run("agent", "--allow-root")
        #expect(second.exit == .status(1))
        #expect(second.errors.contains("another agent"))
        #expect(agent.isRunning)
        _ = await agent.stop()
    }

    @Test(.enabled(if: getuid() == 0, "only root is refused"))
    func `as root the agent wants to be told`() async throws {
        let sandbox = try Sandbox()
        try sandbox.configure("projects: []\n")
        let refused = try await sandbox.run("agent")
        #expect(refused.exit != .status(0))
        #expect(refused.errors.contains("--allow-root"))
    }

    @Test func `a wrong configuration ends the agent with 78, which no restart betters`() async throws {
        let sandbox = try Sandbox()
        try sandbox.configure("projects: {}\n")
        let output = try await sandbox.run("agent", "--allow-root")
        #expect(output.exit == .status(78))
        #expect(output.errors.contains("agent.yaml:1:11: projects:"))
    }

    @Test func `once files what is there and leaves`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        try sandbox.write("result: 1\n", to: project.appending("a.run"))
        try sandbox.write("result: 2\n", to: project.appending("deep/er/b.run"))
        #expect(try await sandbox.run("agent", "--once", "--allow-root").exit == .status(0))
        #expect(try await sandbox.run("agent", "--once", "--allow-root").exit == .status(0))
        let results = try await sandbox.run("history", "resnet", "--json").json().array?.map { $0["result"]?.int ?? 0 }
        #expect(results?.sorted() == [1, 2])
    }

    @Test func `an agent goes on where a killed one stopped`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        let first = try await sandbox.startAgent()
        try sandbox.replace(project.appending("a.run"), with: "result: 1\n")
        try await sandbox.flush()
        #expect(await first.kill9() == .signal(SIGKILL))
        try sandbox.replace(project.appending("b.run"), with: "result: 2\n")
        let second = try await sandbox.startAgent()
        try await sandbox.flush()
        let results = try await sandbox.run("history", "resnet", "--json").json().array?.map { $0["result"]?.int ?? 0 }
        #expect(results == [2, 1])
        _ = await second.stop()
    }
}
