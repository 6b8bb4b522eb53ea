import BackendTesting
import Bytes
import JSON
import Mongo
import MongoBackend
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

/// One MongoDB that the real daskperiment and we both file to.
@Suite(
    .enabled(
        if: RealDaskperiment.isWanted && MongoServer.isWanted,
        Comment(rawValue: "\(RealDaskperiment.advice); \(MongoServer.advice)")))
struct MongoInteropTests {
    private static func run(_ number: Int) -> SampleRun {
        var run = SampleRun(number)
        run.capture = SampleRun.wholeCapture()
        run.facts.seed = number
        return run
    }

    private static func backend(_ address: String) async throws -> MongoBackend {
        let backend = MongoBackend(MongoSettings(address: try MongoAddress(address))) { SampleRun.time(100) }
        _ = try await backend.prepare()
        return backend
    }

    private static func reference(_ number: Int) -> TrialReference {
        TrialReference(experiment: run(1).experiment, number: number)
    }

    private static func documents(_ filter: BSONDocument, at address: String) throws -> [BSONDocument] {
        var connection = try MongoConnection(try MongoAddress(address))
        let reply = try connection.run(["find": "sample", "filter": .document(filter), "singleBatch": true])
        return reply["cursor"]?.document?["firstBatch"]?.array?.compactMap(\.document) ?? []
    }

    @Test(arguments: RealDaskperiment.all)
    func `daskperiment reads all that we file: ends, values, texts, series, steps`(daskperiment: RealDaskperiment)
        async throws
    {
        let address = try MongoServer.shared.get().address(ofDatabase: "interop_\(UInt64.random(in: .min ... .max))")
        let backend = try await Self.backend(address)
        let failure = Outcome(
            state: .failed, finished: SampleRun.time(70), processTime: .seconds(2),
            error: TrialError(type: "ValueError", message: "größe ✓"))
        var first = Self.run(1)
        first.facts.parameters = [
            "number": .integer(1), "optimizer": .mapping(["lr": .float(0.5)]), "Seed": .integer(9),
        ]
        first.facts.persisted = ["step one": .list([.integer(1), .null])]
        first.facts.stepHashes = [StepHash(step: "train", input: "c0a8", output: "e5bf")]
        let long = (0..<9000).map { Double($0) }
        _ = try await backend.file([
            first.filing(metrics: [SampleRun.piece("val/loss", long)], outcome: SampleRun.success()),
            Self.run(2).filing(outcome: failure), Self.run(3).filing(metrics: [SampleRun.piece("loss", [1, 2, 3])]),
            Self.run(4).filing(outcome: Outcome(state: .aborted, finished: SampleRun.time(80))),
        ])
        _ = try await backend.file([
            Self.run(3).filing(revision: 2, metrics: [SampleRun.piece("loss", generation: 1, at: 1, [7])])
        ])
        let record = try daskperiment.read("sample", at: address)
        #expect(record["errors"] == [])
        #expect(record["trial_id"] == 4)
        #expect(record["history"]?["rows"]?.object?.keys == ["1", "2"])
        let row = record["history"]?["rows"]?["1"]
        #expect(row?["Result"] == 0.25)
        #expect(row?["Finished"] == "2023-11-14T23:14:20.123456")
        #expect(row?["Process Time"] == 12.345)
        #expect(row?["Seed"] == 1)
        #expect(record["history"]?["rows"]?["2"]?["Description"] == "ValueError(größe ✓)")
        #expect(record["metrics"]?["val_loss"]?["1"]?["values"]?.array?.count == 9000)
        #expect(record["metrics"]?["val_loss"]?["1"]?["epochs"]?[8999] == 8999)
        #expect(record["metrics"]?["loss"] == ["3": ["epochs": [0, 1], "values": [1.0, 7.0]]])
        #expect(record["step_hashes"] == ["train-c0a8": "e5bf"])
        let trial = record["trials"]?["1"]
        #expect(trial?["parameters"]?["optimizer"] == ["type": "dict", "value": ["lr": 0.5]])
        #expect(trial?["parameters"]?["Seed_"] == ["type": "int", "value": 9])
        #expect(trial?["persisted"]?["step_one"] == ["type": "list", "value": [1, nil]])
        #expect(trial?["code"] == "# train.py\nprint('größe ✓')\n")
        #expect(trial?["packages"] == "numpy==1.26.0\ntorch==2.3.0")
        #expect(trial?["environment"]?.object?.members.allSatisfy { $0.value.string?.isEmpty == false } == true)
        #expect(record["dashboard"]?.object?.members.map(\.value) == Array(repeating: 200, count: 7))
        let environment = try Self.documents(["category": "environment", "trial_id": 1], at: address).first
        #expect(environment?["device"] == environment?["platform"])
    }

    @Test(arguments: RealDaskperiment.all)
    func `a Python process and we take turns: no number twice, and each shows the other's trials`(
        daskperiment: RealDaskperiment
    ) async throws {
        let address = try MongoServer.shared.get().address(ofDatabase: "interop_\(UInt64.random(in: .min ... .max))")
        let backend = try await Self.backend(address)
        let python = try LivePython("sample", at: address, of: daskperiment)
        #expect(try python.ask(["do": "trial", "x": 3])["trial"] == 1)
        #expect(try await backend.file([Self.run(1).filing(outcome: SampleRun.success())]).map(\.number) == [2])
        #expect(try python.ask(["do": "fail"])["trial"] == 3)
        #expect(try python.ask(["do": "abort"])["trial"] == 4)
        #expect(try await backend.file([Self.run(2).filing()]).map(\.number) == [5])

        let page = try await backend.trials(
            History.Query(experiment: Self.run(1).experiment, newestFirst: false), after: nil, limit: 10)
        #expect(page.rows.map(\.reference.number) == [1, 2, 3, 4, 5])
        #expect(page.rows.map(\.state) == [.succeeded, .succeeded, .failed, .running, .running])
        #expect(page.rows[0].parameters["x"] == .integer(3))
        #expect(page.rows[0].metrics["loss"] == .float(1))
        let theirs = try #require(try await backend.trial(Self.reference(1)))
        #expect(theirs.outcome?.result == .float(8.5))
        #expect(theirs.metrics.map(\.name) == ["accuracy", "loss"])
        #expect(theirs.capture?.environment[.platform] != nil && theirs.capture?.code != nil)
        let part = try #require(theirs.parts.first)
        #expect(part.role == .pickle && part.name == "prepare")
        #expect(try await backend.part(part, of: Self.reference(1))?.count == part.size)
        let series = try await backend.series("loss", of: Self.reference(1), range: nil, atMost: nil)
        #expect(series?.points.map(\.value.double) == [3, 1.5, 1])
        let record = try daskperiment.read("sample", at: address)
        #expect(record["trial_id"] == 5)
        #expect(record["history"]?["rows"]?.object?.keys == ["1", "2", "3"])
        try await backend.delete([Self.reference(1)])
        #expect(try Self.documents(["trial_id": 1], at: address) == [])
    }

    @Test func `an experiment that Python alone wrote is found and read: the golden one`() async throws {
        let address = try MongoServer.shared.get().address(ofDatabase: "interop_\(UInt64.random(in: .min ... .max))")
        try Golden.load(into: address)
        let backend = try await Self.backend(address)
        let experiments = try await backend.experiments()
        #expect(experiments.map(\.id.text) == ["golden"])
        #expect(experiments.map(\.lastNumber) == [13])
        let id = try #require(Experiment.ID("golden"))
        let page = try await backend.trials(
            History.Query(experiment: id, newestFirst: false), after: nil, limit: 20)
        #expect(page.rows.map(\.reference.number) == Array(1...13))
        #expect(page.rows.count { $0.state == .succeeded } == 12)
        #expect(page.rows[2].description?.hasPrefix("ValueError(diverged") == true)
        for number in 1...13 {
            let trial = try #require(
                try await backend.trial(TrialReference(experiment: id, number: number)))
            #expect(trial.problems == [])
            #expect(trial.metrics.map(\.name) == ["accuracy", "loss", "step_count"])
            #expect(trial.parts.map(\.name) == ["features", "matrix"])
            #expect(trial.capture?.environment.categories.count == 9)
        }
    }
}

extension Golden {
    /// Writes the experiment that the real daskperiment wrote into a MongoDB, document by document.
    static func load(into address: String) throws {
        let path = FilePath(#filePath).removingLastComponent().appending("Golden/mongo.json")
        let bytes = try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 16 << 20)
        var connection = try MongoConnection(try MongoAddress(address))
        let documents = try JSON(parsing: bytes).array ?? []
        let reply = try connection.run(["insert": "golden", "documents": .array(documents.map { BSON(extended: $0) })])
        guard reply["n"]?.int == documents.count else { throw ProgramError("\(reply)") }
    }
}

extension BSON {
    /// MongoDB's extended JSON, as far as daskperiment's documents need it.
    fileprivate init(extended json: JSON) {
        switch json {
        case .string(let text): self = .string(text)
        case .bool(let flag): self = .bool(flag)
        case .array(let elements): self = .array(elements.map { BSON(extended: $0) })
        case .object(let object):
            if let number = object["$numberInt"]?.string.flatMap({ Int32($0) }) {
                self = .int32(number)
            } else if let bytes = object["$binary"]?["base64"]?.string.flatMap({ Base64.bytes($0) }) {
                self = .binary(bytes)
            } else {
                var document: BSONDocument = [:]
                // The server gives those that lack it an identifier.
                for member in object.members where member.key != "_id" {
                    document.append(member.key, BSON(extended: member.value))
                }
                self = .document(document)
            }
        default: self = .null
        }
    }
}

extension Filed {
    /// The trial's number, when the filing was done.
    fileprivate var number: Int? {
        guard case .done(let reference, _, _) = self else { return nil }
        return reference.number
    }
}
