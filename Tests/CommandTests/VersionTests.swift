import ProgramTesting
import Testing

@Suite struct VersionTests {
    @Test(arguments: ["version", "--version"])
    func `the version is one line`(argument: String) async throws {
        let output = try await Sandbox().run(argument)
        #expect(output.exit == .status(0))
        #expect(output.lines.count == 1)
        #expect(output.errors.isEmpty)
    }

    @Test func `every command tells what it does, in whole lines`() async throws {
        let sandbox = try Sandbox()
        let listed = try await sandbox.run("--help").lines.drop { $0 != "SUBCOMMANDS:" }.dropFirst()
        let commands = listed.prefix { !$0.isEmpty }.filter { !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first }
        #expect(commands.contains("flush") && commands.contains("history"))
        for command in commands {
            let help = try await sandbox.run("help", String(command))
            #expect(help.exit == .status(0) && help.text.contains("USAGE: trialwatch \(command)"))
            #expect(!help.text.contains("\\"), "\(command)")
        }
    }

    @Test func `an unknown option is a usage error on standard error`() async throws {
        let output = try await Sandbox().run("version", "--colour")
        #expect(output.exit == .status(64))
        #expect(output.text.isEmpty)
        #expect(output.errors.contains("--colour"))
    }
}
