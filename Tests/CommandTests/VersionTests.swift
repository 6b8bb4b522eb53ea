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

    @Test func `an unknown option is a usage error on standard error`() async throws {
        let output = try await Sandbox().run("version", "--colour")
        #expect(output.exit == .status(64))
        #expect(output.text.isEmpty)
        #expect(output.errors.contains("--colour"))
    }
}
