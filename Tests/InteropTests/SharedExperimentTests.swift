import BackendTesting
import JSON
import LocalBackend
import ProgramTesting
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

/// One experiment that the real daskperiment and we both file to.
@Suite(
    .enabled(
        if: RealDaskperiment.python != nil || !RealDaskperiment.mayBeMissing, Comment(rawValue: RealDaskperiment.advice)
    ))
struct SharedExperimentTests {
    private static func run(_ number: Int) -> SampleRun {
        var run = SampleRun(number)
        run.capture = SampleRun.wholeCapture()
        run.facts.seed = number
        run.facts.parameters = ["x": .integer(1000 + number), "mode": .text("ours")]
        return run
    }

    private static func reference(_ number: Int) -> TrialReference {
        TrialReference(experiment: run(1).experiment, number: number)
    }

    private static func number(_ answers: [Filed]) throws -> Int {
        guard case .done(let reference, _, _)? = answers.first else { throw ProgramError("not filed: \(answers)") }
        return reference.number
    }

    @Test
    func `a process that had read the record earlier takes a number of ours: its trial gets the next, ours stays`()
        async throws
    {
        let store = try InteropStore()
        let python = try LivePython("sample", in: store.folder("sample"))
        _ = try await store.file([Self.run(1).filing(outcome: SampleRun.success())])
        let ours = try RealDaskperiment.read("sample", in: store.folder("sample"))
        #expect(try python.ask(["do": "trial", "x": 3])["trial"] == 1)

        let notices = try await store.backend.reconcile(Self.run(1).experiment)
        #expect(notices == [])
        let record = try RealDaskperiment.read("sample", in: store.folder("sample"))
        #expect(record["errors"] == [])
        #expect(record["trial_id"] == 2)
        for member in ours["history"]?["rows"]?["1"]?.object ?? [:] {
            let value = record["history"]?["rows"]?["1"]?[member.key]
            #expect(value == member.value || value?.double == member.value.double, "\(member.key)")
        }
        for member in ["code", "environment", "parameters", "summary"] {
            #expect(record["trials"]?["1"]?[member] == ours["trials"]?["1"]?[member], "\(member)")
        }
        #expect(record["history"]?["rows"]?["2"]?["Result"] == 8.5)
        #expect(record["trials"]?["2"]?["code"]?.string?.contains("def prepare(x)") == true)
        #expect(record["trials"]?["2"]?["persisted"]?["prepare"]?["value"] == [3, 6])
        #expect(record["trials"]?["1"]?["persisted"] == [:])
        #expect(record["metrics"]?["loss"]?["2"]?["values"] == [3.0, 1.5, 1.0])

        let first = try #require(try await store.backend.trial(Self.reference(1)))
        let second = try #require(try await store.backend.trial(Self.reference(2)))
        #expect(first.problems.contains { $0.contains("sample 2") })
        #expect(second.problems.contains { $0.contains("sample 1") })
        #expect(
            second.key == nil && second.outcome?.result == .float(8.5) && second.facts.parameters["x"] == .integer(3))
        // Its next trial does not bring the one before again, and takes a number that its own has got: once more.
        #expect(try python.ask(["do": "trial", "x": 4])["trial"] == 2)
        _ = try await store.backend.reconcile(Self.run(1).experiment)
        let after = try RealDaskperiment.read("sample", in: store.folder("sample"))
        #expect(after["history"]?["rows"]?.object?.keys == ["1", "2", "3"])
        #expect(after["history"]?["rows"]?["2"] == record["history"]?["rows"]?["2"])
        #expect(after["history"]?["rows"]?["3"]?["Result"] == 11.5)
        #expect(after["errors"] == [])
    }

    @Test func `a process that runs a trial keeps its number: ours takes the next`() async throws {
        let store = try InteropStore()
        _ = try await store.file([Self.run(1).filing(outcome: SampleRun.success())])
        let python = try LivePython("sample", in: store.folder("sample"))
        for round in 0..<20 {
            let answer = try python.ask(["do": ["trial", "fail", "abort"][round % 3], "x": JSON(round)])
            #expect(answer["trial"]?.int == 2 + round)
        }
        #expect(try Self.number(try await store.file([Self.run(2).filing(outcome: SampleRun.success())])) == 22)
        let page = try await store.backend.trials(
            History.Query(experiment: Self.run(1).experiment, newestFirst: false), after: nil, limit: 100)
        #expect(page.rows.map(\.reference.number) == Array(1...22))
        let states = page.rows.dropFirst().dropLast().map(\.state)
        #expect(states == (0..<20).map { [.succeeded, .failed, .aborted][$0 % 3] })
        #expect(page.rows[2].description == "ValueError(bad input)")
        let record = try RealDaskperiment.read("sample", in: store.folder("sample"))
        #expect(record["errors"] == [])
        #expect(record["history"]?["rows"]?.object?.count == 1 + 14 + 1)
    }

    @Test(arguments: ["golden", "cli_exp"])
    func `an experiment that Python alone made is gone on with: every value stays`(_ name: String) async throws {
        let directory = try TemporaryDirectory()
        let parent = directory.path.appending("daskperiment_cache")
        try Golden.copy(name, to: parent)
        let folder = parent.appending(name)
        let before = try RealDaskperiment.read(name, in: folder, standingIn: directory.path)
        let backend = LocalBackend(directory: parent, boot: "boot") { SampleRun.time(100) }
        _ = try await backend.prepare()
        var run = SampleRun(1, of: name)
        run.capture = SampleRun.wholeCapture()
        let number = try Self.number(try await backend.file([run.filing(outcome: SampleRun.success())]))
        #expect(number == (before["trial_id"]?.int ?? 0) + 1)
        try await backend.synchronize()
        let after = try RealDaskperiment.read(name, in: folder, standingIn: directory.path)
        #expect(after["errors"] == before["errors"])
        #expect(after["cache_dir"] == before["cache_dir"])
        #expect(after["step_hashes"] == before["step_hashes"])
        #expect(after["metrics"] == before["metrics"])
        for member in before["trials"]?.object ?? [:] {
            #expect(after["trials"]?[member.key] == member.value, "trial \(member.key)")
        }
        let rows = try #require(before["history"]?["rows"]?.object)
        for row in rows {
            for member in row.value.object ?? [:] {
                let value = after["history"]?["rows"]?[row.key]?[member.key]
                // A column in which a trial has no value is one of floats.
                #expect(value == member.value || value?.double == member.value.double, "\(row.key) \(member.key)")
            }
        }
        #expect(after["history"]?["rows"]?.object?.count == rows.count + 1)
    }

    @Test(arguments: ["golden", "cli_exp"])
    func `an experiment that Python alone made is read as ours are, and nothing is written beside it`(
        _ name: String
    ) async throws {
        let directory = try TemporaryDirectory()
        let parent = directory.path.appending("daskperiment_cache")
        try Golden.copy(name, to: parent)
        let folder = parent.appending(name)
        let record = try RealDaskperiment.read(name, in: folder, standingIn: directory.path)
        let before = try Golden.listing(folder)
        let experiment = Experiment.ID.suggestion(for: name)
        // The second reader finds what the first found out; the third reads it under another name.
        for round in 1...3 {
            if round == 3 { try FileSystem.rename(folder, to: parent.appending("moved")) }
            let cache = directory.path.appending("cache")
            let backend =
                round == 3
                ? LocalBackend(experiment: experiment, at: parent.appending("moved"), cache: cache, boot: "boot") {
                    SampleRun.time(100)
                } : LocalBackend(directory: parent, cache: cache, boot: "boot") { SampleRun.time(100) }
            let experiments = try await backend.experiments()
            #expect(experiments.map(\.id) == [experiment])
            #expect(experiments.first?.lastNumber == record["trial_id"]?.int)
            let rows = try await backend.trials(
                History.Query(experiment: experiment, newestFirst: false), after: nil, limit: 100)
            let theirs = try #require(record["history"]?["rows"]?.object)
            #expect(rows.rows.filter { $0.state != .aborted }.map { String($0.reference.number) } == theirs.keys)
            for row in rows.rows where row.state != .aborted {
                let shown = theirs[String(row.reference.number)]
                #expect(row.seed == shown?["Seed"]?.int)
                #expect((row.state == .succeeded) == (shown?["Success"] == true))
                // pandas writes six digits of a second.
                #expect(row.finished.flatMap { shown?["Finished"]?.string?.hasPrefix($0.local) } == true)
                if row.state == .failed { #expect(row.description == shown?["Description"]?.string) }
                if case .float(let number)? = row.result { #expect(number == shown?["Result"]?.double) }
                let trial = try #require(try await backend.trial(row.reference))
                let code = record["trials"]?[String(row.reference.number)]?["code"]?.string
                #expect(
                    trial.capture?.code?.files.first.map { $0.text.hasSuffix("\n") ? $0.text : $0.text + "\n" } == code)
                let packages = try await backend.text(.requirements, of: row.reference)
                #expect(packages == record["trials"]?[String(row.reference.number)]?["packages"]?.string)
                for part in trial.parts { #expect(try await backend.part(part, of: row.reference)?.count == part.size) }
                for metric in trial.metrics {
                    let series = try await backend.series(metric.name, of: row.reference, range: nil, atMost: nil)
                    let values = record["metrics"]?[metric.name]?[String(row.reference.number)]?["values"]?.array
                    #expect(series?.points.map(\.value.double) == values?.compactMap(\.double))
                }
            }
        }
        #expect(try Golden.listing(parent.appending("moved")) == before)
    }

    @Test
    func `asking what is new in an experiment of Python's writes nothing there; deleting a trial makes it ours, too`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let parent = directory.path.appending("daskperiment_cache")
        try Golden.copy("cli_exp", to: parent)
        let folder = parent.appending("cli_exp")
        let before = try Golden.listing(folder)
        let experiment = Experiment.ID.suggestion(for: "cli_exp")
        let backend = LocalBackend(directory: parent, cache: directory.path.appending("cache"), boot: "boot") {
            SampleRun.time(100)
        }
        _ = try await backend.reconcile(experiment)
        _ = try await backend.locate([SampleRun(1).key], in: experiment)
        try await backend.synchronize()
        #expect(try Golden.listing(folder) == before)

        try await backend.delete([TrialReference(experiment: experiment, number: 2)])
        let record = try RealDaskperiment.read("cli_exp", in: folder, standingIn: directory.path)
        #expect(record["history"]?["rows"]?.object?.keys == ["1", "3", "4"])
        #expect(record["trials"]?["3"]?["code"]?.string?.isEmpty == false)
        let rows = try await backend.trials(History.Query(experiment: experiment), after: nil, limit: 10).rows
        #expect(rows.map(\.reference.number) == [4, 3, 1])
    }

    @Test func `what a step kept and is too large to be kept twice goes with its trial`() async throws {
        let store = try InteropStore()
        let python = try LivePython("sample", in: store.folder("sample"))
        var run = Self.run(1)
        run.facts.persisted = ["prepare": .text("ours")]
        _ = try await store.file([run.filing(outcome: SampleRun.success())])
        #expect(try python.ask(["do": "trial", "x": 3])["trial"] == 1)
        let kept = store.folder("sample").appending("persist")
        let file = try OwnedDescriptor(opening: kept.appending("sample_prepare_1.pkl"), .readWrite)
        let size: Int64 = 65 << 20
        try file.truncate(to: size)
        try file.close()
        _ = try await store.backend.reconcile(Self.run(1).experiment)
        #expect(try FileStatus(of: kept.appending("sample_prepare_2.pkl")).size == size)
        let record = try RealDaskperiment.read("sample", in: store.folder("sample"))
        #expect(record["trials"]?["1"]?["persisted"]?["prepare"]?["value"] == "ours")
        #expect(record["trials"]?["2"]?["persisted"]?["prepare"]?["value"] == [3, 6])
        let problems = try await store.backend.trial(Self.reference(2))?.problems ?? []
        #expect(problems.contains { $0.contains("prepare") && $0.contains("sample_prepare_2.pkl") })
    }

    @Test func `a pickle that was cut short is kept aside and said, and all that was known is written anew`()
        async throws
    {
        let store = try InteropStore()
        let python = try LivePython("sample", in: store.folder("sample"))
        _ = try python.ask(["do": "trial", "x": 3])
        _ = try await store.file([Self.run(1).filing(outcome: SampleRun.success())])
        _ = try python.ask(["do": "trial", "x": 4])
        _ = try await store.backend.reconcile(Self.run(1).experiment)
        let before = try RealDaskperiment.read("sample", in: store.folder("sample"))
        _ = try python.ask(["do": "reload"])
        _ = try python.ask(["do": "trial", "x": 5])
        let pickle = store.folder("sample").appending("sample.pkl")
        let file = try OwnedDescriptor(opening: pickle, .readWrite)
        try file.truncate(to: try file.status().size / 2)
        try file.close()
        let notices = try await store.backend.reconcile(Self.run(1).experiment)
        #expect(notices.contains { $0.text.contains("damaged") })
        let after = try RealDaskperiment.read("sample", in: store.folder("sample"))
        #expect(after["history"] == before["history"])
        #expect(try FileSystem.entries(of: store.folder("sample")).contains { $0.name.string.contains(".damaged-") })
    }
}
