import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(5))) struct ReloadCommandTests {
    private func results(_ sandbox: Sandbox, _ experiment: String) async throws -> [Int] {
        let trials = try await sandbox.run("history", experiment, "--json").json().array ?? []
        return trials.compactMap { $0["result"]?.int }.sorted()
    }

    @Test func `a reload that comes while the agent starts is answered`() async throws {
        let sandbox = try Sandbox()
        _ = try sandbox.makeProject("old")
        try sandbox.configure("projects: [{path: ~/old}]\nallow_root: true\n")
        for _ in 0..<10 {
            let agent = try sandbox.start(sandbox.program, ["agent"])
            let sockets = sandbox.root.appending("run/trialwatch")
            while (try? FileSystem.entries(of: sockets))?.isEmpty != false { await Task.yield() }
            #expect(
                try await sandbox.run("/usr/bin/timeout", ["20", sandbox.program.string, "reload"]).exit == .status(0))
            #expect(await agent.stop() == .status(0))
        }
    }

    @Test func `projects are added and dropped, and open runs go on`() async throws {
        let sandbox = try Sandbox()
        let (old, new) = (try sandbox.makeProject("old"), try sandbox.makeProject("new"))
        try sandbox.configure("projects: [{path: ~/old}]\n")
        let agent = try await sandbox.startAgent()
        try sandbox.replace(old.appending("open.run"), with: "pid: \(agent.pid)\nparameters: {lr: 1}\n")
        try sandbox.replace(new.appending("before.run"), with: "result: 1\n")
        try await sandbox.flush()
        try sandbox.replace(old.appending("last.run"), with: "result: 7\n")
        try sandbox.configure("projects: [{path: ~/new}]\n")
        let reload = try await sandbox.run("reload")
        #expect(reload.exit == .status(0), "\(reload.errors)")
        #expect(reload.lines == ["1 project is watched", "  new: \(new.string)", "  no longer: \(old.string)"])
        try sandbox.replace(new.appending("after.run"), with: "result: 2\n")
        try sandbox.replace(old.appending("after.run"), with: "result: 3\n")
        try await sandbox.flush()
        // What was there before the first watch is no trial, and a project that is dropped is not watched.
        #expect(try await results(sandbox, "new") == [2])
        #expect(try await results(sandbox, "old") == [7])
        let status = try await sandbox.run("status", "--json").json()
        #expect(status["projects"]?.array?.count == 1)
        #expect(status["open"]?[0]?["process"]?.int == Int(agent.pid))
        #expect(await agent.stop() == .status(0))
    }

    @Test(arguments: [true, false])
    func `a wrong configuration is refused with file and line, and the one of before is kept`(bySignal: Bool)
        async throws
    {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        let agent = try await sandbox.startAgent()
        try sandbox.configure("projects: {}\n")
        let place = "agent.yaml:1:11: projects:"
        if bySignal {
            agent.send(SIGHUP)
            #expect(try await sandbox.eventually { try sandbox.text(of: agent.errorPath).contains(place) })
        } else {
            let reload = try await sandbox.run("reload")
            #expect(reload.exit == .status(78))
            #expect(reload.errors.contains(place))
        }
        #expect(try sandbox.text(of: agent.errorPath).contains(place))
        try sandbox.replace(project.appending("train.run"), with: "result: 1\n")
        let configuration = sandbox.root.appending("config/trialwatch/agent.yaml")
        // Status asks with the configuration that is there, so it needs one that can be read.
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        let status = try await sandbox.run("status", "--json")
        #expect(status.exit == .status(1))
        #expect(try status.json()["configuration_problems"]?[0]?.string?.contains(configuration.string) == true)
        #expect(try await sandbox.run("reload").exit == .status(0))
        #expect(try await sandbox.run("status", "--json").exit == .status(0))
        try await sandbox.flush()
        #expect(try await results(sandbox, "resnet") == [1])
        #expect(await agent.stop() == .status(0))
    }

    @Test func `settings and stores change, and nothing is filed in the old store afterwards`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("backends: {a: {local: {directory: ~/a}}}\nbackend: a\nprojects: [{path: ~/resnet}]\n")
        let agent = try await sandbox.startAgent()
        try sandbox.replace(project.appending("1.run"), with: "result: 1\n")
        try await sandbox.flush()
        try sandbox.write("result: 9\n", to: project.appending("old.exp"))
        // Another directory under the same name, another pattern, another experiment.
        try sandbox.configure(
            """
            backends: {a: {local: {directory: ~/b}}}
            backend: a
            projects: [{path: ~/resnet, experiment: vgg, markers: ["*.run", "*.exp"], receipts: true}]
            """)
        #expect(try await sandbox.run("reload").exit == .status(0))
        try sandbox.replace(project.appending("2.run"), with: "result: 2\n")
        try sandbox.replace(project.appending("3.exp"), with: "result: 3\n")
        try await sandbox.flush()
        // What a pattern of before did not show was there before the first watch of it.
        #expect(try await results(sandbox, "vgg") == [2, 3])
        #expect(try FileStatus.ifPresent(project.appending("2.run.trial.json")) != nil)
        let old = try await sandbox.run("history", "\(sandbox.root)/home/a/resnet", "--json").json().array ?? []
        #expect(old.count == 1)
        #expect(await agent.stop() == .status(0))
    }

    @Test func `two hundred markers while the configuration is reloaded ten times make two hundred trials`()
        async throws
    {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        _ = try sandbox.makeProject("other")
        let configurations = [
            "projects: [{path: ~/resnet}]\n",
            "settle: 300ms\nprojects: [{path: ~/resnet, receipts: true}, {path: ~/other}]\n",
            "rescan: 1s\nprojects: [{path: '~/res*', markers: ['*.run', '*.exp']}]\n",
            "backends: {b: {local: {directory: ~/b}}}\nprojects: [{path: ~/resnet, ignore: [data/]}]\n",
        ]
        try sandbox.configure(configurations[0])
        let agent = try await sandbox.startAgent()
        try await withThrowingTaskGroup { group in
            group.addTask {
                for number in 1...200 {
                    try sandbox.replace(project.appending("\(number).run"), with: "result: \(number)\n")
                    try await ContinuousClock().sleep(for: .milliseconds(5))
                }
            }
            for number in 1...10 {
                try sandbox.configure(configurations[number % configurations.count])
                let reload = try await sandbox.run("reload")
                #expect(reload.exit == .status(0), "\(reload.errors)")
            }
            try await group.waitForAll()
        }
        try await sandbox.flush()
        #expect(try await results(sandbox, "resnet") == Array(1...200))
        #expect(await agent.stop() == .status(0))
    }

    @Test func `the service manager is told when a reload begins and when it is over`() async throws {
        let sandbox = try Sandbox()
        try sandbox.configure("projects: []\n")
        let (agent, manager) = try await sandbox.startHeardAgent()
        _ = try sandbox.makeProject("resnet")
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        agent.send(SIGHUP)
        let begun = try #require(try await manager.message(with: "RELOADING=1", within: .seconds(20)))
        let time = try #require(begun.first { $0.hasPrefix("MONOTONIC_USEC=") }?.split(separator: "=").last)
        #expect(try #require(Int64(time)) <= Clock.monotonic / 1000)
        let over = try await manager.message(with: "READY=1", within: .seconds(20))
        #expect(over == ["READY=1", "STATUS=watching 1 project"])
        #expect(await agent.stop() == .status(0))
    }

    @Test func `an agent that does not answer for a while is waited for`() async throws {
        let sandbox = try Sandbox()
        _ = try sandbox.makeProject("old")
        try sandbox.configure("projects: [{path: ~/old}]\n")
        let agent = try await sandbox.startAgent()
        agent.send(SIGSTOP)
        let waiting = try await sandbox.run("/usr/bin/timeout", ["12", sandbox.program.string, "reload"])
        #expect(waiting.exit == .status(124) && waiting.errors == "", "\(waiting.errors)")
        agent.send(SIGCONT)
        #expect(try await sandbox.run("reload").exit == .status(0))
        #expect(await agent.stop() == .status(0))
    }

    @Test func `of an agent at another address that does not answer nobody says that none is running`() async throws {
        let sandbox = try Sandbox()
        _ = try sandbox.makeProject("old")
        try sandbox.configure("projects: [{path: ~/old}]\n")
        let agent = try await sandbox.startAgent()
        try sandbox.configure("projects: [{path: ~/old}]\nstate: ~/elsewhere\n")
        agent.send(SIGSTOP)
        let reload = try await sandbox.run("reload")
        #expect(reload.exit != .status(0))
        #expect(reload.errors.contains("asking the agent") && !reload.errors.contains("none is running"))
        agent.send(SIGCONT)
        #expect(await agent.stop() == .status(0))
    }

    @Test func `without an agent there is nothing to reload`() async throws {
        let sandbox = try Sandbox()
        try sandbox.configure("projects: []\n")
        let reload = try await sandbox.run("reload")
        #expect(reload.exit == .status(1))
        #expect(reload.errors.contains("none is running"))
    }
}
