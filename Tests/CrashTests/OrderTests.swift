import ProgramTesting
import SystemPackage
import Testing

/// Nothing is told to anyone, and nothing forgotten, before what it stands on is on the device.
@Suite(.timeLimit(.minutes(5))) struct OrderTests {
    private let world: Sandbox
    private let project: FilePath
    private let trace: Fault

    private var claims: FilePath { state("claims") }
    private var ledger: FilePath { state("ledger") }
    private var new: FilePath { state("spool/new") }
    private var journal: FilePath { world.root.appending("data/trialwatch/e/trialwatch/trials.jsonl") }

    init() async throws {
        world = try Sandbox()
        project = try world.makeProject("project")
        try world.configure(
            "{projects: [{path: \(project), experiment: e, code: [train.py], receipts: true}], allow_root: true}\n")
        try world.write("print(1)\n", to: project.appending("train.py"))
        trace = Fault(
            .trace, at: nil, in: [world.root.appending("state"), world.root.appending("data"), project],
            note: world.root.appending("trace"))
    }

    @Test
    func `claim, capture, entry, journal, receipt and number come in this order, each on the device before the next`()
        async throws
    {
        let agent = try await world.startAgent(environment: try trace.environment())
        var seen = 0
        for number in 1...3 {
            let marker = project.appending("\(number).run")
            // A run that goes on and has a name, so that its number is written down.
            try world.replace(marker, with: "{run: r\(number), state: running, metrics: {loss: [1]}}\n")
            try await world.flush()
            let steps = try trace.steps()
            try expectOrder(Array(steps[seen...]), of: marker, isFirst: number == 1)
            seen = steps.count
        }
        #expect(await agent.stop() == .status(0))
    }

    private func expectOrder(_ steps: [Fault.Step], of marker: FilePath, isFirst: Bool) throws {
        let entry = try #require(
            steps.first { $0.call.hasPrefix("rename") && $0.path.removingLastComponent() == new }?.path.lastComponent)
        let written = state("spool/tmp").appending(entry)
        let receipt = FilePath("\(marker).trial.json")
        let pending = FilePath(".\(marker.lastComponent?.string ?? "").trial.json.")
        let expected: [(String, (Fault.Step) -> Bool)] =
            [
                ("the claim is written", { $0.isBefore("pwrite", claims) }),
                ("the claim is on the device", { $0.isDone("fdatasync", claims) }),
            ]
            + (isFirst ? [("the capture begins", { $0.call == "posix_spawn" })] : []) + [
                ("the entry is written", { $0.isBefore("write", written) }),
                ("the entry is on the device", { $0.isDone("fdatasync", written) }),
                ("the entry gets its name", { $0.isDone("rename", new.appending(entry)) }),
                ("its name is on the device", { $0.isDone("fsync", new) }),
            ]
        let spooled = try follow(expected, in: steps)
        // What the claim led to is wiped from it after that; the filer need not wait for it.
        try follow([("the claim's body is wiped", { $0.isBefore("pwrite", claims) })], in: steps, after: spooled)
        try follow(
            [
                ("the trial is written", { $0.isBefore("pwrite", journal) }),
                ("the trial is on the device", { $0.isDone("fdatasync", journal) }),
                (
                    "the receipt is written",
                    { $0.isBefore("write", nil) && $0.path.string.contains(pending.string) }
                ),
                ("the receipt is there", { $0.isDone("rename", receipt) }),
                ("the entry is forgotten", { $0.isBefore("unlink", new.appending(entry)) }),
            ], in: steps, after: spooled)
        try follow(
            [
                ("the trial is on the device", { $0.isDone("fdatasync", journal) }),
                ("its number is written down", { $0.isBefore("write", ledger) }),
            ], in: steps, after: spooled)
    }

    /// Each step comes first after the one before it; gives where the last does.
    @discardableResult
    private func follow(
        _ expected: [(name: String, isIt: (Fault.Step) -> Bool)], in steps: [Fault.Step], after start: Int = -1
    ) throws -> Int {
        var place = start
        for (name, isIt) in expected {
            let found = steps.indices.filter { isIt(steps[$0]) }
            let next = found.first
            // Not one of them may have come too early.
            #expect(next.map { $0 > place } == true || name.hasSuffix("wiped"), "\(name) after step \(place): \(steps)")
            place = try #require(found.first { $0 > place }, "\(name): \(steps)")
        }
        return place
    }

    private func state(_ name: String) -> FilePath { world.root.appending("state/trialwatch").appending(name) }
}

extension Fault.Step {
    fileprivate func isDone(_ name: String, _ path: FilePath) -> Bool {
        isDone && call.hasPrefix(name) && self.path == path
    }

    fileprivate func isBefore(_ name: String, _ path: FilePath?) -> Bool {
        !isDone && call.hasPrefix(name) && (path == nil || self.path == path)
    }
}
