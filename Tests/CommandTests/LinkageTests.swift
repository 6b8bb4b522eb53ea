import ProgramTesting
import SystemPackage
import Testing

@Suite struct LinkageTests {
    @Test func `the program needs no Foundation`() async throws {
        let sandbox = try Sandbox()
        let output = try await sandbox.run("/usr/bin/env", ["readelf", "-d", "-W", sandbox.program.string])
        #expect(output.exit == .status(0))
        let needed = output.lines.filter { $0.contains("(NEEDED)") }
        // With a static runtime nothing could be said.
        #expect(needed.contains { $0.contains("libswiftCore.so") })
        for library in ["libFoundation.so", "libFoundationInternationalization.so", "lib_FoundationICU.so"] {
            #expect(!needed.contains { $0.contains("[\(library)]") })
        }
    }
}
