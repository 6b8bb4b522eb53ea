import JSON
import ProgramTesting
import SystemPackage
import Testing

/// A disk that fails for a while, at each call, while the agent runs.
@Suite(
    .enabled(if: RealDaskperiment.isWanted, Comment(rawValue: RealDaskperiment.advice)), .timeLimit(.minutes(5)))
struct FailingDiskTests {
    enum Place: String, CaseIterable { case state, store }

    private static let failures: [(Errno, [String], String)] = [
        (
            .readOnlyFileSystem,
            [
                "write", "pwrite", "fallocate", "ftruncate", "openat2", "mkdir", "mkdirat", "symlink", "unlink",
                "renameat2",
            ],
            "Read-only"
        ),
        (.ioError, ["fsync", "fdatasync"], "Input/output"),
    ]

    @Test(arguments: Place.allCases, failures)
    func `while a disk takes nothing the agent says so, and when it does again all is filed once`(
        _ place: Place, _ failure: (errno: Errno, calls: [String], text: String)
    ) async throws {
        let world = try await DiskWorld(inNamespace: false)
        let switched = world.sandbox.root.appending("fails")
        let fault = Fault(
            .error(failure.errno), at: nil, of: failure.calls, in: [place == .state ? world.state : world.store],
            while: switched, note: world.sandbox.root.appending("note"))
        let agent = try await world.startAgent(under: fault)
        try world.drop(1...3)
        try await world.sandbox.flush()
        try world.sandbox.write("", to: switched)
        try world.drop(4...20)
        #expect(
            try await world.eventually { status in
                let reason = place == .state ? status["waits"]?[0]?["reason"] : status["backends"]?[0]?["last_error"]
                return status["healthy"] == false && reason?.string?.contains(failure.text) == true
            })
        #expect(try fault.met() != nil)
        try await world.run("rm \(switched)")
        try await world.expectFiled(20, by: agent)
        #expect(await agent.stop() == .status(0))
        // What could not be removed is known to the store, and removed now.
        let second = try await world.startAgent()
        try await world.sandbox.flush()
        #expect(await second.stop() == .status(0))
        try await world.expectWhole(20)
    }
}
