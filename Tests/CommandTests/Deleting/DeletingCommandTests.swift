import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

@Suite(.timeLimit(.minutes(3))) struct DeletingCommandTests {
    private func numbers(_ sandbox: Sandbox) async throws -> [Int] {
        try await sandbox.run("history", "resnet", "--json").json().array?.compactMap { $0["trial"]?.int } ?? []
    }

    private func makeSandbox(_ count: Int = 6) async throws -> Sandbox {
        let sandbox = try Sandbox()
        try await sandbox.file(
            try (1...count).map { number in
                try makeFiling(number, ["secret\(number)": .text("value \(number)")], result: .integer(number))
            })
        return sandbox
    }

    @Test func `deleted trials are gone, from every file of the store, and their numbers are not given out again`()
        async throws
    {
        let sandbox = try await makeSandbox()
        let output = try await sandbox.run("rm", "resnet", "6", "2-3")
        #expect(output.exit == .status(0) && output.errors.isEmpty, "\(output.errors)")
        #expect(output.lines == ["deleted resnet 2", "deleted resnet 3", "deleted resnet 6"])
        #expect(try await numbers(sandbox) == [5, 4, 1])
        let found = try await sandbox.shell("grep -rlE 'secret[236]' \(sandbox.root)/data; true")
        #expect(found.text == "")
        #expect(try await sandbox.run("show", "resnet", "2").exit == .status(66))
        // The store answers that run 2 is deleted.
        await #expect(throws: ProgramError.self) { try await sandbox.file([try makeFiling(2)]) }
        try await sandbox.file([try makeFiling(70)])
        #expect(try await numbers(sandbox) == [7, 5, 4, 1])
    }

    @Test func `when one of the trials is not there, or runs, none is deleted`() async throws {
        let sandbox = try await makeSandbox()
        try await sandbox.file([try makeFiling(7) { $0.outcome = nil }])
        let missing = try await sandbox.run("rm", "resnet", "1", "99")
        #expect(missing.exit == .status(66) && missing.errors.contains("the highest number is 7"))
        let running = try await sandbox.run("rm", "resnet", "1", "7")
        #expect(running.exit == .status(1) && running.errors.contains("still running: 7"), "\(running.errors)")
        #expect(try await sandbox.run("rm", "resnet", "50-60").exit == .status(66))
        #expect(try await sandbox.run("rm", "resnet", "x").exit == .status(64))
        #expect(try await numbers(sandbox) == [7, 6, 5, 4, 3, 2, 1])
        #expect(try await sandbox.run("rm", "resnet", "7", "--force").exit == .status(0))
        #expect(try await numbers(sandbox) == [6, 5, 4, 3, 2, 1])
    }

    @Test func `what a run tells after its trial was deleted does not bring it back, and its agent goes on`()
        async throws
    {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("resnet")
        try sandbox.configure("projects: [{path: ~/resnet}]\n")
        let agent = try await sandbox.startAgent()
        // A marker that names its process has nobody look for it.
        let process = "pid: \(agent.pid)"
        try sandbox.replace(project.appending("a.run"), with: "{state: running, \(process), parameters: {lr: 1}}\n")
        try sandbox.replace(project.appending("b.run"), with: "{result: 2, \(process), parameters: {lr: 2}}\n")
        try await sandbox.flush()
        let open = try #require(
            try await sandbox.run("history", "resnet", "--json", "--where", "state = 'running'").json()[0]?["trial"]?
                .int)
        let removed = try await sandbox.run("rm", "resnet", "\(open)", "--force")
        #expect(removed.exit == .status(0) && removed.errors.isEmpty, "\(removed.errors)")
        try sandbox.replace(project.appending("a.run"), with: "{result: 1, \(process), parameters: {lr: 1}}\n")
        try sandbox.replace(project.appending("c.run"), with: "{result: 3, \(process), parameters: {lr: 3}}\n")
        try await sandbox.flush()
        let all = try await sandbox.run("history", "resnet", "--json").json().array ?? []
        #expect(all.map { $0["result"] } == [3, 2])
        #expect(all.first?["trial"] == 3)
        #expect(await agent.stop() == .status(0))
        #expect(try sandbox.leftInState().isEmpty)
    }

    @Test func `prune shows what would go, and deletes it only with --yes`() async throws {
        let sandbox = try await makeSandbox()
        let shown = try await sandbox.run("prune", "resnet", "--keep", "2", "--keep-best", "1", "--lowest")
        #expect(shown.exit == .status(0), "\(shown.errors)")
        #expect(
            shown.lines == [
                "resnet 4  succeeded  4", "resnet 3  succeeded  3", "resnet 2  succeeded  2", "3 of 6 trials go",
                "nothing is deleted yet: --yes does it",
            ])
        #expect(try await numbers(sandbox).count == 6)
        let done = try await sandbox.run(
            "prune", "resnet", "--keep", "2", "--keep-best", "1", "--lowest", "--yes", "--json")
        #expect(done.exit == .status(0), "\(done.errors)")
        #expect(try done.json()["deleted"] == [4, 3, 2])
        #expect(
            try done.json()["kept"]?.array?.map { $0["reason"] } == [
                "among the newest", "among the newest", "among the best",
            ])
        #expect(try await numbers(sandbox) == [6, 5, 1])
        #expect(try await sandbox.run("prune", "resnet", "--keep", "9").lines == ["all 3 trials of resnet stay"])
    }

    static let refused: [(arguments: [String], status: Int32)] = [
        (["resnet"], 64), (["resnet", "--keep", "-1"], 64), (["resnet", "--keep", "1", "--yes", "--dry-run"], 64),
        (["resnet", "--keep-since", "soon"], 64), (["resnet", "--keep-where", "lr <"], 64),
        (["resnte", "--keep", "1"], 66),
    ]

    @Test(arguments: refused)
    func `a rule that says nothing, or an experiment that is not there, deletes nothing`(
        arguments: [String], status: Int32
    ) async throws {
        let sandbox = try await makeSandbox(2)
        let output = try await sandbox.run(sandbox.program, ["prune"] + arguments)
        #expect(output.exit == .status(status), "\(output.errors)")
        #expect(try await numbers(sandbox) == [2, 1])
    }
}
