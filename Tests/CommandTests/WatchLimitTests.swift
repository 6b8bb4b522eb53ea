import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// A user's limits of inotify, lowered in a namespace of the agent's own.
@Suite(.timeLimit(.minutes(2)), .enabled(if: MountNamespace.isPermitted, Comment(rawValue: MountNamespace.advice)))
struct WatchLimitTests {
    @Test func `what has no watch is polled, and is watched again once the limit is raised`() async throws {
        let sandbox = try Sandbox(in: MountNamespace())
        let project = try sandbox.makeProject("wide")
        for number in 0..<30 { try FileSystem.makeDirectories(project.appending("d\(number)/sub")) }
        try sandbox.configure("projects: [{path: ~/wide, poll_interval: 200ms}]\n")
        try await limit("watches", to: 10, sandbox)
        let agent = try await sandbox.startAgent()
        #expect(try await polled(sandbox) == 51)
        for number in 0..<30 {
            try sandbox.write("parameters: {i: \(number)}\n", to: project.appending("d\(number)/a.run"))
            try sandbox.write("parameters: {i: \(number)}\n", to: project.appending("d\(number)/sub/new/b.run"))
        }
        try sandbox.write("state: running\n", to: project.appending("d29/sub/open.run"))
        #expect(try await sandbox.eventually { try await trials(sandbox).count == 61 })
        try FileSystem.remove(project.appending("d29/sub/open.run"))
        #expect(try await sandbox.eventually { try await trials(sandbox).contains { $0["state"] == "aborted" } })
        let notices = try await sandbox.run("status").text
        #expect(notices.contains("polled every 0.2 seconds: this user's limit of watched directories is used up"))

        try await limit("watches", to: 1000, sandbox)
        #expect(try await sandbox.eventually { try await polled(sandbox) == 0 })
        try sandbox.write("parameters: {i: 99}\n", to: project.appending("d29/sub/new/c.run"))
        try await sandbox.flush()
        #expect(try await trials(sandbox).count == 62)
        #expect(await agent.stop() == .status(0))
        let log = try sandbox.text(of: agent.errorPath)
        #expect(log.split(separator: "\n").filter { $0.contains("max_user_watches=1048576") }.count == 1)
        #expect(log.contains("there are watches for all of it again"))
    }

    @Test func `an agent that is given no inotify at all says which limit is to be raised`() async throws {
        let sandbox = try Sandbox(in: MountNamespace())
        _ = try sandbox.makeProject("p")
        try sandbox.configure("projects: [{path: ~/p}]\n")
        try await limit("instances", to: 0, sandbox)
        let (agent, isReady) = try await sandbox.beginAgent()
        #expect(!isReady)
        #expect(await agent.wait() == .status(1))
        #expect(try sandbox.text(of: agent.errorPath).contains("sysctl fs.inotify.max_user_instances=1024"))
    }

    private func limit(_ what: String, to count: Int, _ sandbox: Sandbox) async throws {
        let output = try await sandbox.shell("echo \(count) > /proc/sys/user/max_inotify_\(what)")
        try #require(output.exit == .status(0), "\(output.errors)")
    }

    private func polled(_ sandbox: Sandbox) async throws -> Int? {
        try await sandbox.run("status", "--json").json()["projects"]?[0]?["polled"]?.int
    }

    private func trials(_ sandbox: Sandbox) async throws -> [JSON] {
        let output = try await sandbox.run("history", "wide", "--json", "--limit", "1000")
        // There is no experiment before its first trial.
        return output.exit == .status(0) ? try output.json().array ?? [] : []
    }
}
