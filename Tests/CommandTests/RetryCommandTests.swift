import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(5))) struct RetryCommandTests {
    private func results(_ sandbox: Sandbox) async throws -> [Int] {
        let trials = try await sandbox.run("history", "resnet", "--json").json().array ?? []
        return trials.compactMap { $0["result"]?.int }.sorted()
    }

    @Test func `what waits for a backend that a reload dropped is given to another`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        // A file where the store's folder is to be: nothing can be filed there.
        try sandbox.write("", to: sandbox.root.appending("home/blocked"))
        try sandbox.configure(
            "backends: {lab: {local: {directory: ~/blocked/store}}}\nbackend: lab\nprojects: [{path: ~/resnet}]\n")
        let agent = try await sandbox.startAgent()
        try sandbox.replace(project.appending("1.run"), with: "result: 1\n")
        try sandbox.replace(project.appending("open.run"), with: "state: running\n")
        #expect(
            try await sandbox.eventually {
                let lab = try await sandbox.run("status", "--json").json()["backends"]?[0]
                return (lab?["waiting"]?.int ?? 0) + (lab?["set_aside"]?.int ?? 0) == 2
            })
        try sandbox.configure(
            "backends: {here: {local: {directory: ~/here}}}\nbackend: here\nprojects: [{path: ~/resnet}]\n")
        #expect(try await sandbox.run("reload").exit == .status(0))
        try sandbox.replace(project.appending("2.run"), with: "result: 2\n")
        try await sandbox.flush()
        #expect(try await results(sandbox) == [2])
        let backends = try await sandbox.run("status", "--json").json()["backends"]?.array ?? []
        #expect(backends.contains { $0["name"] == "lab" && $0["kind"] == "not configured" })

        let plain = try await sandbox.run("retry")
        #expect(plain.lines == ["0 entries tried again"])
        #expect(plain.errors.contains("2 entries for lab"))
        let moved = try await sandbox.run("retry", "--to", "here")
        #expect(moved.exit == .status(0), "\(moved.errors)")
        #expect(moved.lines == ["2 entries moved to here"])
        // The run that is open goes on where its beginning is.
        try sandbox.replace(project.appending("open.run"), with: "result: 3\n")
        try await sandbox.flush()
        #expect(try await results(sandbox) == [1, 2, 3])
        #expect(try await sandbox.run("retry", "--to", "here").lines == ["0 entries moved to here"])
        #expect(await agent.stop() == .status(0))
    }

    @Test func `a backend of a wrong name is told with the nearest one`() async throws {
        let sandbox = try Sandbox()
        try sandbox.configure("backends: {here: {local: {directory: ~/here}}}\nbackend: here\nprojects: []\n")
        let agent = try await sandbox.startAgent()
        for arguments in [["--to", "hree"], ["--backend", "hree"]] {
            let retry = try await sandbox.run(sandbox.program, ["retry"] + arguments)
            #expect(retry.exit == .status(1))
            #expect(retry.errors.contains("there is no backend hree (did you mean 'here'?)"))
        }
        #expect(await agent.stop() == .status(0))
    }

    @Test func `derived files are brought up to date, with and without an agent`() async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("allow_root: true\nprojects: [{path: ~/resnet}]\n")
        let agent = try await sandbox.startAgent()
        try sandbox.replace(project.appending("1.run"), with: "result: 1\n")
        try await sandbox.flush()
        let pickle = sandbox.root.appending("data/trialwatch/resnet/resnet.pkl")
        #expect(try await sandbox.run("sync").exit == .status(0))
        #expect(try FileStatus.ifPresent(pickle) != nil)
        #expect(await agent.stop() == .status(0))
        let alone = try await sandbox.run("sync")
        #expect(alone.exit == .status(0), "\(alone.errors)")
    }
}
