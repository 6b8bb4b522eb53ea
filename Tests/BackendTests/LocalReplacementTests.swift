import BackendTesting
import JSON
import LocalBackend
import SystemCalls
import SystemPackage
import Testing
import Trials

/// Replaced points in local files.
@Suite struct LocalReplacementTests {
    let store: LocalStore
    init() throws { store = try LocalStore() }

    @Test func `series that were cut are the same when the index is built anew, and so is what is filed after it`()
        async throws
    {
        let run = SampleRun(1)
        let pieces: [[MetricPiece]] = [
            [SampleRun.piece("loss", (0..<9000).map { Double($0) }), SampleRun.piece("odd", [.nan, .nan])],
            [SampleRun.piece("loss", generation: 1, at: 8999, [-1])],
            [SampleRun.piece("loss", generation: 1, at: 9000, [3, .infinity])],
            [SampleRun.piece("loss", generation: 2, at: 4500, [7]), SampleRun.piece("odd", generation: 1, at: 1, [])],
        ]
        let backend = store.backend()
        _ = try await backend.prepare()
        for (place, pieces) in pieces.enumerated() {
            _ = try await backend.file([run.filing(revision: place + 1, metrics: pieces)])
        }
        let expected = (0..<4500).map { Double($0) } + [7]
        let before = try await backend.trial(run.reference(1))
        #expect(before?.metrics.map(\.extremes) == [0...4499, nil])
        for _ in 0..<2 {
            let index = store.folder.appending("trialwatch").appending("index")
            try FileSystem.removeTree(index)
            try FileSystem.makeDirectory(index)
            let after = store.backend()
            _ = try await after.prepare()
            // As texts: no value that is not a number equals itself.
            #expect(String(describing: try await after.trial(run.reference(1))) == String(describing: before))
            #expect(try await after.values("loss", of: run.reference(1)) == expected)
            #expect(try await after.values("odd", of: run.reference(1)).map(\.isNaN) == [true])
        }
        let after = store.backend()
        let more = SampleRun.piece("loss", generation: 3, at: 4400, [-2])
        _ = try await after.file([run.filing(revision: 9, metrics: [more])])
        #expect(try await after.values("loss", of: run.reference(1)) == Array(expected[..<4400]) + [-2])
        #expect(try await after.trial(run.reference(1))?.metrics.first?.extremes == -2...4399)
    }

    @Test func `points of a filing that a crash cut short before its trial's line are forgotten, and said`()
        async throws
    {
        let run = SampleRun(1)
        let backend = store.backend()
        _ = try await backend.prepare()
        _ = try await backend.file([run.filing(metrics: [SampleRun.piece("loss", [0, 1, 2, 3])])])
        let whole = try store.bytes(store.journal)
        _ = try await backend.file([
            run.filing(
                revision: 2,
                metrics: [SampleRun.piece("loss", generation: 1, at: 1, [9]), SampleRun.piece("new", [1])])
        ])
        // Nothing of the last line reached the disk, all before it did.
        let lines = try store.lines()
        let length = lines.dropLast().reduce(0) { $0 + $1.count + 1 }
        #expect(length > whole.count)
        try OwnedDescriptor(opening: store.journal, .writeOnly).truncate(to: Int64(length))
        let after = store.backend()
        #expect(try await after.prepare().notices.contains { $0.text.contains("cut off") })
        #expect(try store.bytes(store.journal) == whole)
        // Another agent tells the rest of the story otherwise.
        _ = try await after.file([
            run.filing(
                revision: 2,
                metrics: [SampleRun.piece("loss", at: 4, [4]), SampleRun.piece("loss", generation: 1, at: 4, [5])])
        ])
        #expect(try await after.values("loss", of: run.reference(1)) == [0, 1, 2, 3, 5])
    }

    @Test func `a filing that is refused leaves nothing of itself among those of its batch`() async throws {
        let run = SampleRun(1)
        let backend = store.backend()
        _ = try await backend.prepare()
        var deep = SampleRun(2)
        deep.facts.extra = ["deep": (0..<200).reduce(Value.null) { inner, _ in .list([inner]) }]
        let answers = try await backend.file([
            run.filing(metrics: [SampleRun.piece("loss", [0])]),
            deep.filing(metrics: [SampleRun.piece("other", [1])]),
            run.filing(revision: 2, metrics: [SampleRun.piece("loss", generation: 1, at: 0, [1])]),
        ])
        #expect(answers.map(\.number) == [1, nil, 1])
        let names = try store.lines().compactMap { try JSON(parsing: $0)["name"]?.string }
        #expect(!names.contains("other"))
    }
}
