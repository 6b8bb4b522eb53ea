import BackendTesting
import JSON
import LocalBackend
import ProgramTesting
import SystemPackage
import Testing
import Trials

/// What the real daskperiment 0.5.0 reads of what we wrote.
@Suite(
    .enabled(
        if: RealDaskperiment.python != nil || !RealDaskperiment.mayBeMissing, Comment(rawValue: RealDaskperiment.advice)
    ))
struct DaskperimentReadsTests {
    private static func run(_ number: Int) -> SampleRun {
        var run = SampleRun(number)
        run.capture = SampleRun.wholeCapture()
        run.facts.seed = number
        return run
    }

    @Test func `a success, a failure, a running and an aborted trial are what they are`() async throws {
        let store = try InteropStore()
        let failure = Outcome(
            state: .failed, finished: SampleRun.time(70), processTime: .seconds(2),
            error: TrialError(type: "ValueError", message: "größe ✓"))
        _ = try await store.file([
            Self.run(1).filing(outcome: SampleRun.success()), Self.run(2).filing(outcome: failure),
            Self.run(3).filing(metrics: [SampleRun.piece("loss", [1])]),
            Self.run(4).filing(outcome: Outcome(state: .aborted, finished: SampleRun.time(80))),
        ])
        let record = try RealDaskperiment.read("sample", in: store.folder("sample"))
        #expect(record["errors"] == [])
        // Running and aborted trials keep their numbers: a Python process started now takes 5.
        #expect(record["trial_id"] == 4)
        let history = try #require(record["history"])
        #expect(
            history["columns"] == [
                "number", "Seed", "Result", "Result Type", "Success", "Finished", "Process Time", "Description",
            ])
        #expect(history["dtypes"]?["Finished"] == "datetime64[ns]")
        #expect(history["dtypes"]?["Process Time"] == "timedelta64[ns]")
        #expect(
            history["rows"] == [
                "1": [
                    "number": 1, "Seed": 1, "Result": 0.25, "Result Type": "<class 'float'>", "Success": true,
                    "Finished": "2023-11-14T23:14:20.123456", "Process Time": 12.345, "Description": "nan",
                ],
                "2": [
                    "number": 2, "Seed": 2, "Result": "nan", "Result Type": "None", "Success": false,
                    "Finished": "2023-11-14T23:14:30.123456", "Process Time": 2.0,
                    "Description": "ValueError(größe ✓)",
                ],
            ])
        #expect(record["metrics"]?["loss"] == ["3": ["epochs": [0], "values": [1.0]]])
        #expect(record["dashboard"]?.object?.members.map(\.value) == Array(repeating: 200, count: 7))
    }

    @Test func `every kind of value is the Python value of that kind`() async throws {
        let store = try InteropStore()
        let huge = try #require(Integer("-1180591620717411303424"))
        let values: Fields = [
            "none": .null, "yes": .bool(true), "small": .integer(-3), "byte": .integer(200), "short": .integer(40_000),
            "word": .integer(3_000_000_000), "huge": .integer(huge), "float": .float(1e-3), "nan": .float(.nan),
            "inf": .float(-.infinity), "text": .text("größe ✓ 🚀\u{0}"), "list": .list([.integer(1), .list([])]),
            "optimizer": .mapping(["name": .text("adam"), "lr": .float(0.5)]), "Seed": .integer(9),
            "été": .text(""),
        ]
        var run = Self.run(1)
        run.facts.parameters = values
        run.facts.persisted = Fields(values.map { Fields.Field(name: "step \($0.name)", value: $0.value) })
        run.facts.stepHashes = [StepHash(step: "train", input: "c0a8", output: "e5bf")]
        _ = try await store.file([run.filing(outcome: SampleRun.success(.mapping(values)))])

        let record = try RealDaskperiment.read("sample", in: store.folder("sample"))
        let expected: JSON.Object = [
            "none": ["type": "NoneType", "value": nil], "yes": ["type": "bool", "value": true],
            "small": ["type": "int", "value": -3], "byte": ["type": "int", "value": 200],
            "short": ["type": "int", "value": 40_000], "word": ["type": "int", "value": 3_000_000_000],
            "huge": ["type": "int", "value": .number(try #require(JSON.Number(text: huge.description)))],
            "float": ["type": "float", "value": 0.001], "nan": ["type": "float", "value": "nan"],
            "inf": ["type": "float", "value": "-inf"], "text": ["type": "str", "value": "größe ✓ 🚀\u{0}"],
            "list": ["type": "list", "value": [1, []]],
            "optimizer": ["type": "dict", "value": ["name": "adam", "lr": 0.5]], "Seed_": ["type": "int", "value": 9],
            "été": ["type": "str", "value": ""],
        ]
        let trial = record["trials"]?["1"]
        #expect(trial?["parameters"] == .object(expected))
        for member in expected {
            let step = member.key == "Seed_" ? "step_Seed" : "step_\(member.key)"
            #expect(trial?["persisted"]?[step] == member.value, "\(step)")
        }
        #expect(record["step_hashes"] == ["train-c0a8": "e5bf"])
        #expect(record["history"]?["rows"]?["1"]?["Result Type"] == "<class 'dict'>")
        // daskperiment's own dashboard cannot show an integer beyond 64 bits; all else is read.
        #expect(record["dashboard"]?["/json/table"] == 500)
        #expect(record["errors"] == [])
    }

    @Test func `code and all environment texts are read for each trial`() async throws {
        let store = try InteropStore()
        _ = try await store.file([Self.run(1).filing(outcome: SampleRun.success()), Self.run(2).filing()])
        let record = try RealDaskperiment.read("sample", in: store.folder("sample"))
        for number in ["1", "2"] {
            let trial = try #require(record["trials"]?[number])
            #expect(trial["code"] == "# train.py\nprint('größe ✓')\n")
            #expect(trial["packages"] == "numpy==1.26.0\ntorch==2.3.0")
            #expect(trial["environment"]?.object?.members.allSatisfy { $0.value.string?.isEmpty == false } == true)
            #expect(trial["summary"]?.string?.contains("Linux-6.1-x86_64") == true)
        }
        #expect(record["errors"] == [])
    }

    @Test func `long series and many trials are read whole, in the order of their numbers`() async throws {
        let store = try InteropStore()
        let long = (0..<2500).map { Double($0) }
        var filings = (1...1200).map { SampleRun($0).filing(outcome: SampleRun.success(.integer($0))) }
        filings[0] = Self.run(1).filing(
            metrics: [SampleRun.piece("val/loss", long)], outcome: SampleRun.success(.integer(1)))
        let capture = Self.run(1200)
        filings[1199] = capture.filing(outcome: SampleRun.success(.integer(1200)))
        _ = try await store.file(Array(filings[..<500]))
        _ = try await store.file(Array(filings[500..<1000]))
        _ = try await store.file(Array(filings[1000...]))
        let record = try RealDaskperiment.read("sample", in: store.folder("sample"))
        let rows = try #require(record["history"]?["rows"]?.object)
        #expect(rows.keys == (1...1200).map { String($0) })
        #expect(rows["777"]?["Result"] == 777)
        #expect(record["metrics"]?["val_loss"]?["1"]?["values"]?.array?.count == 2500)
        #expect(record["metrics"]?["val_loss"]?["1"]?["epochs"]?[2499] == 2499)
    }

    @Test func `a series whose last points were replaced is read as it is now, running or ended`() async throws {
        let store = try InteropStore()
        for number in 1...2 {
            let run = Self.run(number)
            let pieces = [
                SampleRun.piece("loss", [5, 4, 3]), SampleRun.piece("loss", generation: 1, at: 2, [2]),
                SampleRun.piece("loss", generation: 2, at: 2, [1, 0.5]),
                SampleRun.piece("loss", generation: 3, at: 1, [7]),
            ]
            for (place, piece) in pieces.enumerated() {
                let isLast = number == 1 && place == pieces.count - 1
                _ = try await store.file([
                    run.filing(
                        revision: place + 1, metrics: [piece], outcome: isLast ? SampleRun.success() : nil)
                ])
            }
        }
        let record = try RealDaskperiment.read("sample", in: store.folder("sample"))
        let expected: JSON = ["epochs": [0, 1], "values": [5.0, 7.0]]
        #expect(record["metrics"]?["loss"] == ["1": expected, "2": expected])
        #expect(record["errors"] == [])
    }

    @Test func `a row stands for the last end: it stays while a trial runs anew, and goes when it is aborted`()
        async throws
    {
        let store = try InteropStore()
        _ = try await store.file((1...3).map { Self.run($0).filing(outcome: SampleRun.success()) })
        let failure = Outcome(state: .failed, finished: SampleRun.time(90))
        _ = try await store.file([
            Self.run(1).filing(revision: 2), Self.run(2).filing(revision: 2, outcome: failure),
            Self.run(3).filing(revision: 2, outcome: Outcome(state: .aborted, finished: SampleRun.time(90))),
        ])
        let record = try RealDaskperiment.read("sample", in: store.folder("sample"))
        let rows = try #require(record["history"]?["rows"]?.object)
        #expect(rows.keys == ["1", "2"])
        #expect(rows["1"]?["Success"] == true)
        #expect(rows["2"]?["Description"] == "Failed()")
        #expect(record["errors"] == [])
    }

    @Test func `a record whose project chose its folder is found relative to the project`() async throws {
        let store = try InteropStore(recordedAs: "store")
        _ = try await store.file([Self.run(1).filing(outcome: SampleRun.success())])
        let record = try RealDaskperiment.read("sample", in: store.folder("sample"), standingIn: store.directory)
        #expect(record["cache_dir"] == "store/sample")
        #expect(record["errors"] == [])
    }

    @Test func `a Python process takes the next number, and its trial stays whatever is filed after it`() async throws {
        let store = try InteropStore()
        _ = try await store.file([Self.run(1).filing(outcome: SampleRun.success()), Self.run(2).filing()])
        #expect(try RealDaskperiment.addTrial(to: "sample", in: store.folder("sample")) == 3)
        _ = try await store.file([Self.run(4).filing(outcome: SampleRun.success()), Self.run(2).filing(revision: 2)])
        try await store.backend.delete([TrialReference(experiment: Self.run(1).experiment, number: 1)])
        let record = try RealDaskperiment.read("sample", in: store.folder("sample"))
        #expect(record["history"]?["rows"]?.object?.keys == ["3", "4"])
        #expect(record["trial_id"] == 4)
    }

    @Test func `a trial that was deleted is not brought back by a process that still has it in its memory`()
        async throws
    {
        let store = try InteropStore()
        _ = try await store.file((1...2).map { Self.run($0).filing(outcome: SampleRun.success()) })
        let python = try LivePython("sample", in: store.folder("sample"))
        try await store.backend.delete([TrialReference(experiment: Self.run(1).experiment, number: 1)])
        #expect(try python.ask(["do": "trial", "x": 3])["trial"] == 3)
        _ = try await store.backend.reconcile(Self.run(1).experiment)
        let record = try RealDaskperiment.read("sample", in: store.folder("sample"))
        #expect(record["history"]?["rows"]?.object?.keys == ["2", "3"])
        #expect(record["trial_id"] == 3)
    }
}
