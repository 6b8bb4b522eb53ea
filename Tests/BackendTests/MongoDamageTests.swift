import BackendTesting
import Mongo
import MongoBackend
import ProgramTesting
import Testing
import Trials

/// What is wrong in one place of a MongoDB is told, and hinders nothing else.
@Suite(.enabled(if: MongoServer.isWanted, Comment(rawValue: MongoServer.advice)))
struct MongoDamageTests {
    @Test func `an experiment in which Python made two counters is told of and waits, and the others are filed to`()
        async throws
    {
        let store = try MongoStore()
        _ = try store.run([
            "insert": "sample",
            "documents": [
                ["experiment_id": "sample", "category": "trial_id", "value": 1],
                ["experiment_id": "sample", "category": "trial_id", "value": 2],
            ],
        ])
        let backend = try store.backend()
        let others = ["b", "c"].map { SampleRun(1, of: $0).filing() }
        let answers = try await backend.file([SampleRun(1).filing()] + others)
        guard case .refused(let told)? = answers.first else {
            Issue.record("\(answers)")
            return
        }
        #expect(told.kind == .misconfigured && told.isTransient && told.remedy != nil)
        #expect(answers.dropFirst().map(\.number) == [1, 1])
    }

    @Test func `a trial whose document cannot be read hinders no other of its experiment`() async throws {
        let store = try MongoStore()
        let backend = try store.backend()
        _ = try await backend.file([SampleRun(1).filing()])
        _ = try store.run([
            "update": "sample",
            "updates": [["q": ["category": "trialwatch"], "u": ["$set": ["document": "{"]]]],
        ])
        let answers = try await backend.file([SampleRun(1).filing(revision: 2), SampleRun(2).filing()])
        guard case .refused(let told)? = answers.first else {
            Issue.record("\(answers)")
            return
        }
        #expect(told.kind == .damaged)
        #expect(answers.last?.number == 2)
    }

    @Test func `a piece of a series that is shorter than it was is told, and not passed over`() async throws {
        let store = try MongoStore()
        let backend = try store.backend()
        let values = (0..<1000).map { Double($0) }
        _ = try await backend.file([SampleRun(1).filing(metrics: [SampleRun.piece("loss", values)])])
        _ = try store.run([
            "update": "sample",
            "updates": [
                [
                    "q": ["category": "trialwatch_points"],
                    "u": ["$set": ["value": .binary([UInt8](repeating: 0, count: 29))]],
                ]
            ],
        ])
        let error = await #expect(throws: StoreError.self) {
            _ = try await backend.series("loss", of: SampleRun(1).reference(1), range: nil, atMost: nil)
        }
        #expect(error?.kind == .damaged && error?.isTransient == false)
    }

    @Test func `a series of Python with values that are no numbers is a problem of its trial`() async throws {
        let store = try MongoStore()
        _ = try store.run([
            "insert": "sample",
            "documents": [
                ["experiment_id": "sample", "category": "trial_id", "value": 1],
                // An empty dictionary.
                ["experiment_id": "sample", "category": "trial", "trial_id": 1, "parameter": .binary([0x7D, 0x2E])],
                [
                    "experiment_id": "sample", "category": "metric", "metric_key": "word", "trial_id": 1,
                    "value": [.binary([0x4E, 0x2E])],
                ],
            ],
        ])
        let trial = try await store.backend().trial(SampleRun(1).reference(1))
        #expect(trial?.metrics == [])
        #expect(trial?.problems.map { $0.hasPrefix("metric word: ") } == [true])
    }

    @Test func `a change that is seen later than another one is told all the same`() async throws {
        let store = try MongoStore()
        let backend = try store.backend(changesDelay: .seconds(2))
        let runs = [SampleRun(1), SampleRun(2)]
        _ = try await backend.file([runs[0].filing()])
        _ = try await backend.file([runs[1].filing()])
        // As it is for a reader while the first, which has its time already, is not yet everywhere.
        let first = ["category": "trialwatch", "trial_id": 1] as BSONDocument
        func set(_ category: BSON) throws {
            _ = try store.run([
                "update": "sample",
                "updates": [["q": ["run_key": .string(runs[0].key.text)], "u": ["$set": ["category": category]]]],
            ])
        }
        try set("hidden")
        var page = try await backend.changes(after: nil, limit: 10)
        try set("trialwatch")
        #expect(try store.run(["count": "sample", "query": .document(first)])["n"] == 1)
        var told = page.references
        let end = ContinuousClock.now + .seconds(20)
        while told.count < 2, ContinuousClock.now < end {
            page = try await backend.changes(after: page.next, limit: 10)
            told += page.references
        }
        #expect(told == [runs[0].reference(1), runs[1].reference(2)])
    }

    @Test func `a collection that somebody dropped gets its indexes again with the next connection`() async throws {
        let store = try MongoStore()
        let backend = try store.backend()
        var run = SampleRun(1)
        run.capture = SampleRun.wholeCapture()
        let steps = [SampleRun.piece("val/loss", [1])]
        _ = try await backend.file([run.filing(metrics: steps)])
        _ = try store.run(["drop": "sample"])
        _ = try await backend.prepare()
        #expect(try await backend.file([run.filing(metrics: steps)]).map(\.number) == [1])
        let reply = try store.run(["listIndexes": "sample", "cursor": [:]])
        let names = reply["cursor"]?.document?["firstBatch"]?.array?.compactMap { $0.document?["name"]?.string } ?? []
        #expect(names.contains("trialwatch_runs") && names.contains("trialwatch_counter"))
        #expect(try await backend.trial(run.reference(1))?.capture == run.capture)
    }
}
