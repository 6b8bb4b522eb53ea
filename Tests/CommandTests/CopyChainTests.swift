import BackendTesting
import Bytes
import LocalBackend
import Mongo
import MongoBackend
import ProgramTesting
import RedisBackend
import SystemCalls
import SystemPackage
import Testing
import Trials

/// Experiments that go from local files to a Redis, to a MongoDB and back, whatever happens on the way.
@Suite(
    .enabled(
        if: MongoServer.isWanted && RedisServer.isWanted,
        Comment(rawValue: "\(MongoServer.advice); \(RedisServer.advice)")))
struct CopyChainTests {
    /// A trial, with all that a store has of it.
    private struct Whole: Equatable {
        var facts: TrialFacts
        var capture: TrialCapture?
        var texts: [EnvironmentCategory: String] = [:]
        var outcome: Outcome?
        var series: [String: [MetricPoint]] = [:]
        var parts: [PartReference: [UInt8]] = [:]
    }

    private typealias Backend = TrialWriter & TrialReader

    private static func local(_ folder: FilePath, _ world: Sandbox) throws -> any Backend {
        // As the program has it: to one that was started with another machine the index of the first would be nothing to rely
        // on, and each would build it anew after every change of the other's.
        let boot = try Clock.bootIdentifier()
        return LocalBackend(directory: folder, cache: world.root.appending("cache"), boot: boot) {
            SampleRun.time(100)
        }
    }

    private static func mongo(_ address: String) throws -> any Backend {
        MongoBackend(MongoSettings(address: try MongoAddress(address))) { SampleRun.time(100) }
    }

    private static func redis(_ address: String) throws -> any Backend {
        let settings = RedisSettings(address: try RedisAddress(address))
        return RedisBackend(settings) { SampleRun.time(100) }
    }

    /// An experiment: each of its trials as a line, and some of them whole, by number.
    private struct Content {
        var rows: [Int: History.Row] = [:]
        var trials: [Int: Whole] = [:]
    }

    /// All of an experiment, with those trials whole whose number is such a multiple.
    private static func content(
        of reader: any TrialReader, _ id: Experiment.ID, wholeEach multiple: Int
    ) async throws -> Content {
        var content = Content()
        var cursor: History.Cursor?
        repeat {
            let page = try await reader.trials(History.Query(experiment: id), after: cursor, limit: 200)
            for var row in page.rows {
                // A store adds what it finds worth telling, and makes a run of what Python processes wrote.
                (row.problems, row.key, row.revision) = (0, nil, Revision(0))
                let number = row.reference.number
                content.rows[number] = row
                guard number.isMultiple(of: multiple), let trial = try await reader.trial(row.reference) else {
                    continue
                }
                var whole = Whole(facts: trial.facts, capture: trial.capture, outcome: trial.outcome)
                // They are made from what the capture has: some tell for all.
                for category in number.isMultiple(of: 10) ? trial.capture?.environment.categories ?? [] : [] {
                    whole.texts[category] = try await reader.text(category, of: row.reference)
                }
                for metric in trial.metrics {
                    let series = try await reader.series(metric.name, of: row.reference, range: nil, atMost: nil)
                    whole.series[metric.name] = series?.points
                }
                for part in trial.parts { whole.parts[part] = try await reader.part(part, of: row.reference) ?? [0] }
                content.trials[number] = whole
            }
            cursor = page.next
        } while cursor != nil
        return content
    }

    /// Files runs with texts, series, ends and parts of their own.
    private static func fill(_ backend: any TrialWriter, _ count: Int) async throws {
        for start in stride(from: 0, to: count, by: 100) {
            var filings: [Filing] = []
            for number in start..<min(start + 100, count) {
                var run = SampleRun(number + 1)
                run.facts.parameters = [
                    "number": .integer(number), "optimizer": .mapping(["lr": .float(1 / Double(number + 1))]),
                    "größe": .text("\(number) ✓"),
                ]
                run.facts.tags = number.isMultiple(of: 3) ? ["third"] : []
                run.capture = SampleRun.wholeCapture()
                run.capture?.environment[.requirements] = .text(
                    String(repeating: "package==\(number / 10)\n", count: 40))
                var parts: [PartReference] = []
                if number.isMultiple(of: 7) {
                    let bytes = Array(repeating: UInt8(truncatingIfNeeded: number), count: 100 + number)
                    let part = PartReference(
                        digest: SHA256.digest(of: bytes).hex, size: bytes.count, role: .persist, name: "model")
                    try await backend.store(part, from: .bytes(bytes))
                    parts.append(part)
                }
                let values = (0..<(number.isMultiple(of: 50) ? 700 : 5)).map { Double($0 * number) / 3 }
                let failure = Outcome(
                    state: .failed, finished: SampleRun.time(70), processTime: .seconds(2),
                    error: TrialError(type: "ValueError", message: "größe ✓"))
                let outcome =
                    number % 10 == 9 ? nil : number % 10 == 5 ? failure : SampleRun.success(.integer(number))
                filings.append(
                    run.filing(
                        metrics: [SampleRun.piece("loss", values), SampleRun.piece("val/loss", [1, .infinity])],
                        parts: parts, outcome: outcome))
            }
            for answer in try await backend.file(filings) {
                guard case .done = answer else { throw ProgramError("\(answer)") }
            }
        }
        try await backend.synchronize()
    }

    /// Copies to the end, after it was killed that many times on the way.
    private static func copy(
        _ from: String, to: String, _ id: Experiment.ID, in world: Sandbox, kills: Int, of count: Int,
        _ target: any TrialReader
    ) async throws {
        for kill in 0..<kills {
            let process = try world.start(world.program, ["copy", from, to, id.text])
            let wanted = count * (kill + 1) / (kills + 1)
            let isThere = try await eventually(within: .seconds(300), every: .milliseconds(20)) {
                let known = (try? await target.experiments()) ?? []
                return known.first { $0.id == id }?.lastNumber ?? 0 >= wanted || !process.isRunning
            }
            #expect(isThere, "\(wanted) of \(count)")
            _ = await process.kill9()
        }
        let copied = try await world.run("copy", from, to, id.text)
        #expect(copied.exit == .status(0), "\(from) to \(to): \(copied.errors)")
        #expect(copied.text.contains("\(count) trials are there"), "\(copied.text)")
    }

    @Test(arguments: [true, false])
    func `an experiment comes back equal, value for value, however often copying was killed`(isPythons: Bool)
        async throws
    {
        let world = try Sandbox()
        let here =
            isPythons
            ? FilePath(#filePath).appending("../../InteropTests/Golden/daskperiment_cache").lexicallyNormalized()
            : world.root.appending("here")
        let id = try #require(Experiment.ID(isPythons ? "golden" : "sample"))
        let count = isPythons ? 13 : Soak.isAsked ? 10_000 : 200
        let source = try Self.local(here, world)
        if !isPythons {
            try FileSystem.makeDirectories(here)
            try await Self.fill(source, count)
        }
        // Of many, those that fill() makes of each sort.
        let multiple = count > 200 ? 9 : 1
        let expected = try await Self.content(of: source, id, wholeEach: multiple)
        #expect(expected.rows.count == count && expected.trials.count == count / multiple)

        let server = try RedisServer()
        let address = try MongoServer.shared.get().address(ofDatabase: "copy_\(UInt64.random(in: .min ... .max))")
        let back = world.root.appending("back")
        try FileSystem.makeDirectories(back)
        let stores: [(String, any Backend)] = [
            (here.string, source), (server.address, try Self.redis(server.address)),
            (address, try Self.mongo(address)), (back.string, try Self.local(back, world)),
        ]
        let kills = isPythons ? 0 : Soak.isAsked ? 10 : 2
        for (from, to) in zip(stores, stores.dropFirst()) {
            try await Self.copy(from.0, to: to.0, id, in: world, kills: kills, of: count, to.1)
            let content = try await Self.content(of: to.1, id, wholeEach: multiple)
            #expect(Set(content.trials.keys) == Set(expected.trials.keys), "\(to.0)")
            let rows = expected.rows.keys.filter { content.rows[$0] != expected.rows[$0] }.sorted()
            let trials = expected.trials.keys.filter { content.trials[$0] != expected.trials[$0] }.sorted()
            #expect(rows == [] && trials == [] && content.rows.count == count, "\(to.0)")
            for (before, after) in rows.prefix(1).map({ (expected.rows[$0], content.rows[$0]) }) {
                Issue.record("\(before.debugDescription)\n\(after.debugDescription)")
            }
            for (before, after) in trials.prefix(1).map({ (expected.trials[$0], content.trials[$0]) }) {
                Issue.record("\(before.debugDescription)\n\(after.debugDescription)")
            }
        }
        let last = try await stores[3].1.experiments().first { $0.id == id }?.lastNumber
        #expect(last == count)
    }

    @Test func `following copies what is filed and what goes on, through a server that is away meanwhile`()
        async throws
    {
        let world = try Sandbox()
        let here = world.root.appending("here")
        try FileSystem.makeDirectories(here)
        let source = try Self.local(here, world)
        let (first, second) = (SampleRun(1), SampleRun(2))
        _ = try await source.file([first.filing(metrics: [SampleRun.piece("loss", [3])])])
        let server = try MongoServer()
        let address = server.address(ofDatabase: "lab", "?serverSelectionTimeoutMS=500")
        let target = try Self.mongo(address)
        let copying = try world.start(world.program, ["copy", here.string, address, "--follow"])

        func waitFor(_ run: SampleRun, _ number: Int, points: Int, _ state: TrialState) async throws {
            let reference = TrialReference(experiment: run.experiment, number: number)
            let isThere = try await eventually(within: .seconds(60)) {
                let trial = try? await target.trial(reference)
                return trial?.metrics.first?.count == points && trial?.state == state && trial?.key == run.key
            }
            let errors = try world.text(of: copying.errorPath)
            #expect(isThere, "\(reference) did not come: \(errors)")
        }
        try await waitFor(first, 1, points: 1, .running)
        let more = SampleRun.piece("loss", at: 1, [2, 1])
        _ = try await source.file([
            first.filing(revision: 2, metrics: [more], outcome: SampleRun.success()),
            second.filing(metrics: [SampleRun.piece("loss", [9])]),
        ])
        try await waitFor(first, 1, points: 3, .succeeded)
        try await waitFor(second, 2, points: 1, .running)
        try server.kill()
        _ = try await source.file([second.filing(revision: 2, metrics: [SampleRun.piece("loss", at: 1, [8])])])
        // It tells that the server is away, and goes on.
        let isTold = try await eventually(within: .seconds(60)) {
            try world.text(of: copying.errorPath).contains("it is tried again") || !copying.isRunning
        }
        #expect(isTold && copying.isRunning)
        try server.restart()
        try await waitFor(second, 2, points: 2, .running)
        #expect(copying.isRunning)
        _ = await copying.kill9()
        // The second may have come while the first was copied.
        let told = try world.text(of: copying.outputPath)
        #expect(["1 trials are there", "2 trials are there"].contains { told.contains($0) }, "\(told)")
    }
}
