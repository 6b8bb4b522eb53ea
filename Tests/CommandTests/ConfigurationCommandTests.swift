import JSON
import ProgramTesting
import SystemPackage
import Testing

@Suite struct ConfigurationCommandTests {
    @Test func `init writes a configuration that check accepts, and later ones beside it`() async throws {
        let sandbox = try Sandbox()
        let first = try sandbox.makeProject("my-exp $1")
        let second = try sandbox.makeProject("second")
        let output = try await sandbox.run("init", first.string)
        #expect(output.exit == .status(0))
        #expect(output.text.contains("my_exp__1"))
        #expect(try await sandbox.run("init", second.string).exit == .status(0))
        #expect(try sandbox.text(of: sandbox.configuration).contains("experiment: my_exp__1"))

        let report = try await sandbox.run("check", "--json").json()
        #expect(report["files"]?.array?.count == 2)
        #expect(
            report["projects"]?.array?.map { $0["path"] } == [.string(first.string), .string(second.string)])
        #expect(report["backends"]?[0]?["error"]?.isNull == true)
    }

    @Test func `init never overwrites`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("a")
        try sandbox.configure("projects: []\n")
        let addition = sandbox.configuration.removingLastComponent().appending("conf.d/a.yaml")
        try sandbox.write("projects: []\n", to: addition)
        let output = try await sandbox.run("init", project.string)
        #expect(output.exit == .status(1))
        #expect(output.errors.contains("is there already"))
        #expect(try sandbox.text(of: addition) == "projects: []\n")
    }

    @Test func `what is watched already is not written twice`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("a")
        try sandbox.configure("projects: [{path: ~/a}]\n")
        let output = try await sandbox.run("init", project.string)
        #expect(output.exit == .status(0))
        #expect(output.text.contains("watched already"))
    }

    @Test func `every error of a configuration is told at once, with its place`() async throws {
        let sandbox = try Sandbox()
        try sandbox.configure("projcts: []\nsettle: soon\nbackend: {lcal: }\n")
        let output = try await sandbox.run("check")
        #expect(output.exit == .status(78))
        #expect(output.text.isEmpty)
        let lines = output.errors.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.hasPrefix("trialwatch: \(sandbox.configuration)") })
        #expect(output.errors.contains("agent.yaml:1:1: projcts: unknown key (did you mean projects?)"))
        #expect(output.errors.contains("agent.yaml:2:9: settle:"))
        #expect(output.errors.contains("agent.yaml:3:11: backend.lcal:"))
    }

    @Test func `check names a missing folder with what to do`() async throws {
        let sandbox = try Sandbox()
        try sandbox.configure("projects: [{path: ~/gone}]\nallow_root: true\n")
        let output = try await sandbox.run("check")
        #expect(output.exit == .status(1))
        #expect(output.text.contains("home/gone: there is no such folder (make it"))
    }

    @Test func `a configuration asked for by name has to be there`() async throws {
        let output = try await Sandbox().run("check", "--config", "nowhere.yaml")
        #expect(output.exit == .status(78))
        #expect(output.errors.contains("nowhere.yaml"))
    }
}
