import JSON
import ProgramTesting
import Testing

@Suite struct ReadingCommandTests {
    @Test func `an experiment that is not there ends with 66`() async throws {
        let sandbox = try Sandbox()
        for arguments in [["history", "resnet"], ["show", "resnet", "1"]] {
            let output = try await sandbox.run(sandbox.program, arguments)
            #expect(output.exit == .status(66))
            #expect(output.errors.hasPrefix("trialwatch: experiment resnet: there is no such experiment"))
        }
    }

    @Test(arguments: [
        ["history", "my-exp"], ["history", "a", "--where", "lr <"], ["history", "a", "--limit", "0"],
        ["history", "a", "--since", "yesterday"], ["show", "a", "one"], ["show", "a", "1", "--environment", "gpu"],
        ["history"], ["frobnicate"], ["history", "a", "--backend", "nope"],
        ["history", "a", "--backend", "nosuch://u:p@h/0"],
    ])
    func `a wrong command line ends with 64 and says nothing on standard output`(arguments: [String]) async throws {
        let sandbox = try Sandbox()
        let output = try await sandbox.run(sandbox.program, arguments)
        #expect(output.exit == .status(64))
        #expect(output.text.isEmpty)
        #expect(output.errors.hasPrefix("trialwatch: "))
        #expect(!output.errors.contains("u:p@"))
    }

    @Test func `a condition's slip is pointed at`() async throws {
        let output = try await Sandbox().run("history", "a", "--where", "lr < 0.1 und success")
        #expect(output.errors.contains("--where: column 10: expected 'and', 'or' or the end, found 'und'"))
        #expect(output.errors.contains("\n  lr < 0.1 und success\n           ^"))
    }

    @Test func `a directory that is not there ends with 69`() async throws {
        let output = try await Sandbox().run("history", "a", "--backend", "./gone")
        #expect(output.exit == .status(69))
    }

    @Test func `nobody answers where no agent runs`() async throws {
        let sandbox = try Sandbox()
        let status = try await sandbox.run("status")
        #expect(status.exit == .status(1))
        #expect(status.errors.contains("trialwatch agent)"))
        let json = try await sandbox.run("status", "--json")
        #expect(json.exit == .status(1))
        #expect(try json.json()["running"] == false)
        #expect(try await sandbox.run("flush").exit == .status(1))
    }

    @Test(arguments: [
        "agent", "init", "check", "status", "history", "show", "metrics", "export", "experiments", "flush", "version",
    ])
    func `every command has its help`(command: String) async throws {
        let output = try await Sandbox().run(command, "--help")
        #expect(output.exit == .status(0))
        #expect(output.text.contains("USAGE: trialwatch \(command)"))
        #expect(output.lines.allSatisfy { $0.count <= 100 || $0.hasPrefix("USAGE") })
        #expect(output.errors.isEmpty)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `completions come for each shell`(shell: String) async throws {
        let output = try await Sandbox().run("--generate-completion-script", shell)
        #expect(output.exit == .status(0))
        #expect(output.text.contains("history"))
    }
}
