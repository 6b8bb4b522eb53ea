import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// A store that is away while many runs are recorded: a thousand, with `scripts/test --soak`.
@Suite(.timeLimit(.minutes(5))) struct BacklogTests {
    private let world: Sandbox
    private let experiments = ["a", "b", "c", "d"]
    private let each = Soak.isAsked ? 252 : 40

    private var spool: FilePath { world.root.appending("state/trialwatch/spool/new") }
    private var store: FilePath { world.root.appending("data/trialwatch") }

    init() async throws {
        world = try Sandbox()
        var projects: [String] = []
        for name in experiments { projects.append("{path: \(try world.makeProject(name)), experiment: \(name)}") }
        try world.configure("{projects: [\(projects.joined(separator: ", "))], allow_root: true}\n")
    }

    @Test func `what a store that is away has to wait for is told, and filed once when it is back`()
        async throws
    {
        let note = world.root.appending("attempts")
        let attempts = Fault(.trace, at: nil, of: ["mkdir", "mkdirat"], in: [store], note: note)
        try world.write("a file is in its place\n", to: store)
        let began = ContinuousClock.now
        let agent = try await world.startAgent(environment: try attempts.environment())
        // Each fourth run is told of twice: what is told later must not come first.
        let updates = experiments.count * each / 4
        try drop { $0 % 4 == 0 ? "state: running\nmetrics: {loss: [3]}\n" : "result: \($0)\nmetrics: {loss: [3, 1]}\n" }
        #expect(try await eventually { $0["waiting"]?.int == experiments.count * each })
        try drop { $0 % 4 == 0 ? "result: \($0)\nmetrics: {loss: [3, 1]}\n" : nil }
        #expect(try await eventually { $0["waiting"]?.int == experiments.count * each + updates })
        let backend = try await status()["backends"]?[0]
        #expect(backend?["unreachable_since"] != .null)
        #expect(backend?["last_error"]?.string?.contains("move what is in its place aside") == true)
        // With delays that double each time, however much comes.
        let seconds = (ContinuousClock.now - began).components.seconds
        #expect(Double(try attempts.steps().count) < 20 + Double(seconds))

        // Somebody changes a byte of one that waits.
        let poisoned = try #require(try FileSystem.entries(of: spool).map(\.name.string).min())
        let file = try OwnedDescriptor(opening: spool.appending(poisoned), .readWrite)
        let last = Int(try file.status().size) - 1
        try file.write([try file.read(1, at: Int64(last))[0] ^ 1], at: Int64(last))

        try FileSystem.remove(store)
        #expect(
            try await world.eventually(within: .seconds(90)) {
                try await status()["backends"]?[0]?["waiting"]?.int == 0
            })
        let after = try await status()
        #expect(after["backends"]?[0]?["unreachable_since"] == .null)
        let notices = (after["notices"]?.array ?? []).compactMap(\.string)
        #expect(notices.contains { $0.contains(poisoned) && $0.contains("damaged") })
        let quarantine = world.root.appending("state/trialwatch/spool/quarantine")
        #expect(
            try FileSystem.entries(of: quarantine).map(\.name.string).sorted() == [poisoned, poisoned + ".reason.txt"])
        #expect(await agent.stop() == .status(0))
        // The damaged one was the first of a run; all others are there.
        #expect(try await results().count >= experiments.count * each - 1)
    }

    @Test func `told to stop in the middle of much, the agent leaves, and the next one files the rest once`()
        async throws
    {
        try world.write("a file is in its place\n", to: store)
        let first = try await world.startAgent()
        try drop { "result: \($0)\nmetrics: {loss: [3, 1]}\n" }
        #expect(try await eventually { $0["waiting"]?.int == experiments.count * each })
        #expect(await first.stop() == .status(0))
        try FileSystem.remove(store)
        // The third experiment is in somebody's hands: of the call that comes to it a part is filed, and not answered.
        try FileSystem.makeDirectories(store.appending("c/trialwatch"))
        let lock = try OwnedDescriptor(
            opening: store.appending("c/trialwatch/lock"), .readWrite, options: .create, permissions: .ownerReadWrite)
        try lock.lock(.exclusive)
        let second = try await world.startAgent()
        let journal = store.appending("b/trialwatch/trials.jsonl")
        #expect(try await world.eventually { (try FileStatus.ifPresent(journal)?.size ?? 0) > 0 })
        let before = ContinuousClock.now
        #expect(await second.stop() == .status(0))
        #expect(ContinuousClock.now - before < .seconds(5))
        #expect(try FileSystem.entries(of: spool).count == experiments.count * each)
        try lock.unlock()
        let third = try await world.startAgent()
        try await world.flush()
        #expect(await third.stop() == .status(0))
        let expected = experiments.flatMap { _ in 1...each }.sorted()
        #expect(try await results().sorted() == expected)
        #expect(try FileSystem.entries(of: spool).isEmpty)
    }

    private func drop(_ marker: (Int) -> String?) throws {
        for number in 1...each {
            guard let text = marker(number) else { continue }
            for name in experiments {
                try world.replace(world.root.appending("home/\(name)/\(number).run"), with: text)
            }
        }
    }

    private func status() async throws -> JSON { try await world.run("status", "--json").json() }

    private func eventually(_ isTrue: (JSON) -> Bool) async throws -> Bool {
        try await world.eventually(within: .seconds(60)) {
            try await status()["backends"]?[0].map(isTrue) ?? false
        }
    }

    /// The results of all trials; each number is one trial's, and each closed with what was told last.
    private func results() async throws -> [Int] {
        var results: [Int] = []
        for name in experiments {
            let rows = try await world.run("history", name, "--json", "--limit", "10000").json().array ?? []
            #expect(Set(rows.compactMap { $0["trial"]?.int }).count == rows.count)
            #expect(rows.allSatisfy { $0["metrics"]?["loss"]?.int == 1 && $0["success"] == true })
            results += rows.compactMap { $0["result"]?.int }
        }
        return results
    }
}
