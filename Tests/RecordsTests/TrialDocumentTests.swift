import JSON
import Records
import Testing
import Trials

@Suite struct TrialDocumentTests {
    static func trial() throws -> StoredTrial {
        let key = try #require(RunKey(String(repeating: "ab", count: 32)))
        let experiment = try #require(Experiment.ID("resnet"))
        let now = Timestamp(nanoseconds: 1_549_999_999_123_456_789, offset: -3600)
        var facts = TrialFacts()
        facts.parameters = [
            "huge": .integer(try #require(Integer("123456789012345678901234567890"))), "one": .float(1),
            "inf": .float(-.infinity), "nested": .mapping(["$integer": .text("no tag")]), "none": .null,
        ]
        facts.stepHashes = [StepHash(step: "train", input: "00", output: "11")]
        facts.inputs = [
            ArtifactFacts(path: "data/a.csv", name: "train", size: 3, modified: now, sha256: "ff"),
            ArtifactFacts(
                path: "data/b", size: nil, modified: now, pointer: DataPointer(.dvc, algorithm: "md5", digest: "00.dir")
            ),
        ]
        facts.outputs = [ArtifactFacts(path: "m.pt", size: 0, modified: now)]
        var capture = TrialCapture(began: now, agent: "1.0")
        capture.environment[.platform] = .document([
            "Platform Information": .text("Linux"), "Device CPU Count": .integer(2),
        ])
        var snapshot = Snapshot(
            tree: String(repeating: "5", count: 40), store: "resnet-0123456789ab", host: "node7", began: now, files: 3,
            size: 4096)
        snapshot.base = String(repeating: "6", count: 40)
        snapshot.leftOut = [
            .init(path: "data\\xff", reason: "it is large"), .init(path: "a", reason: "secret", isScrubbed: true),
        ]
        snapshot.pack = .besidesBase
        snapshot.shared = PartReference(
            digest: String(repeating: "8", count: 64), size: 32, role: .pack, name: "snapshot.pack")
        capture.snapshot = snapshot
        capture.code = CodeContext(files: [.init(path: "a.py", text: "é\u{0}")])
        let point = MetricPoint(epoch: 3, value: .float(.infinity), recorded: now)
        return StoredTrial(
            reference: TrialReference(experiment: experiment, number: 12), key: key, revision: Revision(3),
            facts: facts, capture: capture,
            metrics: [MetricSummary(name: "val/loss", generation: 1, count: 4, last: point, extremes: 0.5...9)],
            parts: [PartReference(digest: String(repeating: "0", count: 64), size: 3, role: .log, name: "log")],
            outcome: Outcome(state: .failed, result: .integer(1), finished: now, processTime: .nanoseconds(7)),
            filed: now)
    }

    @Test func `a trial comes back from its document as it was`() throws {
        let trial = try Self.trial()
        let bytes = JSON.object(try TrialDocument.encode(trial)).bytes()
        let read = try #require(try JSON(parsing: bytes).object)
        #expect(try TrialDocument.decode(read) == trial)
    }

    @Test func `a document from before files were recorded is read, without any`() throws {
        var document = try TrialDocument.encode(try Self.trial())
        var facts = try #require(document["facts"]?.object)
        facts["inputs"] = nil
        facts["outputs"] = nil
        document["facts"] = .object(facts)
        let read = try TrialDocument.decode(document)
        #expect(read.facts.inputs.isEmpty && read.facts.outputs.isEmpty)
        #expect(read.facts.stepHashes.count == 1)
    }

    @Test func `a document says its schema and state first`() throws {
        let document = try TrialDocument.encode(try Self.trial())
        #expect(Array(document.keys.prefix(2)) == ["schema", "state"])
        #expect(document["state"] == "failed")
    }

    @Test func `a newer schema is refused, and an unknown member is not`() throws {
        var document = try TrialDocument.encode(try Self.trial())
        document["added_later"] = true
        #expect(throws: Never.self) { try TrialDocument.decode(document) }
        document["schema"] = 99
        #expect(throws: RecordError.newerSchema(99)) { try TrialDocument.decode(document) }
    }
}
