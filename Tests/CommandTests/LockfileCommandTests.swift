import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(5))) struct LockfileCommandTests {
    @Test func `the lockfiles of a project are kept with each of its trials, as they were when it ran`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        let lock = project.appending("uv.lock")
        try sandbox.replace(lock, with: "version = 1\n")
        try sandbox.replace(project.appending("requirements.txt"), with: "--index-url https://ada:pw@h/simple\n")
        let agent = try await sandbox.startAgent()
        for name in ["a", "b", "c"] {
            try sandbox.replace(project.appending("\(name).run"), with: "result: 1\n")
        }
        try await sandbox.flush()
        try sandbox.replace(lock, with: "version = 2\n")
        try sandbox.replace(project.appending("d.run"), with: "result: 1\n")
        try await sandbox.flush()

        for (trial, content) in [("1", "version = 1\n"), ("2", "version = 1\n"), ("4", "version = 2\n")] {
            #expect(try await sandbox.run("show", "resnet", trial, "--part", "uv.lock").text == content, "\(trial)")
        }
        let shown = try await sandbox.run("show", "resnet", "2", "--json").json()
        #expect(shown["lockfiles"]?.array?.compactMap { $0["path"] } == ["requirements.txt", "uv.lock"])
        // As sha256sum(1) has it.
        #expect(shown["lockfiles"]?[1]?["sha256"] == "dbab12665d98aef021ba64953c61b0ed8a908cfb56a1c01e2fcb4b052b71a2a1")
        #expect(
            shown["problems"]?.array?.contains { $0.string?.hasPrefix("requirements.txt is recorded") == true } == true)
        let page = try await sandbox.run("show", "resnet", "2").text
        #expect(page.contains("Lockfiles\n  requirements.txt  36 B, "))
        #expect(try await sandbox.run("show", "resnet", "2", "--part", "requirements.txt").exit != .status(0))
        #expect(await agent.stop() == .status(0))
    }
}
