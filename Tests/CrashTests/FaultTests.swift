import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// Runs come through whatever happens to the agent at any call by which it changes a file, from its start to its end.
@Suite(.enabled(if: RealDaskperiment.isWanted, Comment(rawValue: RealDaskperiment.advice)))
struct FaultTests {
    private let world: Sandbox
    private let project: FilePath

    init() async throws {
        world = try Sandbox()
        project = try world.makeProject("project")
        try world.configure(
            "{projects: [{path: \(project), experiment: e, code: [train.py], receipts: true}], allow_root: true}\n")
        try world.write("print(1)\n", to: project.appending("train.py"))
        // The first watch is over before anything is dropped: what lay there then would be no trial.
        _ = await (try await world.startAgent()).stop()
    }

    @Test func `killed at any call that changes a file, the agent loses no run and files none twice`() async throws {
        var (runs, point, met) = (0, 1, Set<String>())
        while true {
            let fault = fault(.kill, at: point)
            runs += 1
            let exit = try await tell(run: runs, under: fault).exit
            guard let what = try fault.met() else {
                #expect(exit == .status(0))
                break
            }
            #expect(exit == .signal(SIGKILL), "\(what)")
            met.insert(what)
            point += Soak.isAsked ? 1 : 7
            // What it left is made good, so that the next one is killed at work of its own.
            _ = await (try await world.startAgent()).stop()
        }
        #expect(met.count >= (Soak.isAsked ? 40 : 10))
        try await expectWhole(runs)
    }

    private static let failures: [(Fault.Kind, [String], String)] = [
        (
            .error(.noSpace), ["write", "pwrite", "fallocate", "openat2", "mkdir", "mkdirat", "symlink"],
            "the disk is full"
        ),
        (.error(.ioError), ["fsync", "fdatasync"], "the disk fails"),
        (.short, ["write", "pwrite"], "half is written"),
    ]

    @Test(arguments: failures)
    func `when any call fails once, the agent goes on, and no run is lost or filed twice`(
        _ kind: Fault.Kind, _ calls: [String], _ meaning: String
    ) async throws {
        var (runs, point) = (0, 1)
        while true {
            let fault = fault(kind, at: point, of: calls)
            runs += 1
            let (isReady, exit) = try await tell(run: runs, under: fault)
            guard let what = try fault.met() else { break }
            // Where it cannot begin it says so; whoever started it tries again.
            #expect(exit == .status(isReady ? 0 : 1), "\(meaning): \(what)")
            point += Soak.isAsked ? 1 : 7
        }
        #expect(point > 7)
        try await expectWhole(runs)
    }

    private func fault(_ kind: Fault.Kind, at point: Int, of calls: [String] = []) -> Fault {
        Fault(
            kind, at: point, of: calls, in: [world.root.appending("state"), world.root.appending("data"), project],
            note: world.root.appending("note-\(point)"))
    }

    /// Starts an agent, has a run begin and end, and stops the agent; gives whether it was ready, and how it ended.
    private func tell(
        run: Int, under fault: Fault
    ) async throws -> (isReady: Bool, exit: TrialwatchProcess.Exit) {
        let marker = project.appending("\(run).run")
        let (agent, isReady) = try await world.beginAgent(environment: try fault.environment())
        try world.replace(marker, with: "parameters: {run: \(run)}\nstate: running\nmetrics: {loss: [2]}\n")
        _ = try await world.run("flush")
        try world.replace(marker, with: "parameters: {run: \(run)}\nresult: \(run)\nmetrics: {loss: [2, 1]}\n")
        _ = try await world.run("flush")
        return (isReady, await agent.stop())
    }

    private func expectWhole(_ runs: Int) async throws {
        let agent = try await world.startAgent()
        try await world.flush()
        let status = try await world.run("status", "--json").json()
        #expect(status["healthy"] == true)
        #expect(status["open"] == [])
        #expect(await agent.stop() == .status(0))
        let own = try await world.run("history", "e", "--json", "--limit", "10000").json().array ?? []
        #expect(own.compactMap { $0["result"]?.int }.sorted() == Array(1...runs))
        let record = try RealDaskperiment.older.read("e", in: world.root.appending("data/trialwatch/e"))
        let rows = record["history"]?["rows"]?.object?.members.map(\.value) ?? []
        #expect(rows.compactMap { $0["Result"]?.int }.sorted() == Array(1...runs))
        let points = record["metrics"]?["loss"]?.object?.members.compactMap { $0.value["values"]?.array?.count } ?? []
        #expect(points == Array(repeating: 2, count: runs))
        #expect(record["errors"] == [])
        #expect(try world.leftInState() == [])
    }
}
