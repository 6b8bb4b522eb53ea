import BackendTesting
import Testing
import Trials

/// What a store promises about series: positions are absolute, so repeats and disorder change nothing.
@Suite struct MetricFilingTests {
    @Test(arguments: backendFixtures)
    func `a piece that is filed again, or overlaps, adds only what is new`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        let run = SampleRun(1)
        let pieces: [MetricPiece] = [
            SampleRun.piece("loss", [0, 1, 2]), SampleRun.piece("loss", at: 3, [3, 4]),
            SampleRun.piece("loss", [0, 1, 2]), SampleRun.piece("loss", at: 1, [1, 2, 3, 4, 5]),
            SampleRun.piece("loss", at: 6, []),
        ]
        for (place, piece) in pieces.enumerated() {
            _ = try await backend.file([run.filing(revision: place + 1, metrics: [piece])])
        }
        #expect(try await backend.values("loss", of: run.reference(1)) == [0, 1, 2, 3, 4, 5])
        let summary = try await backend.trial(run.reference(1))?.metrics.first
        #expect(summary?.count == 6)
        #expect(summary?.last?.epoch == 5)
        #expect(summary?.extremes == 0...5)
    }

    @Test(arguments: backendFixtures)
    func `a piece that leaves a gap is refused, and its filing changes nothing`(
        _ fixture: BackendFixture
    ) async throws {
        let backend = try await fixture.make().open()
        var run = SampleRun(1)
        _ = try await backend.file([run.filing(metrics: [SampleRun.piece("loss", [0])])])
        run.facts.note = "not taken"
        let late = run.filing(revision: 3, metrics: [SampleRun.piece("loss", at: 2, [2])])
        let refused = try await backend.file([late])
        guard case .refused(let error)? = refused.first else {
            Issue.record("it was taken: \(refused)")
            return
        }
        #expect(error.reason.contains("loss"))
        #expect(try await backend.trial(run.reference(1))?.facts.note == nil)
        _ = try await backend.file([run.filing(revision: 2, metrics: [SampleRun.piece("loss", at: 1, [1])])])
        #expect(try await backend.file([late]).map(\.number) == [1])
        #expect(try await backend.values("loss", of: run.reference(1)) == [0, 1, 2])
    }

    @Test(arguments: backendFixtures)
    func `a series that was begun anew replaces the one before, and an older piece comes too late`(
        _ fixture: BackendFixture
    ) async throws {
        let backend = try await fixture.make().open()
        let run = SampleRun(1)
        _ = try await backend.file([run.filing(revision: 1, metrics: [SampleRun.piece("loss", [9, 9, 9])])])
        _ = try await backend.file([
            run.filing(revision: 2, metrics: [SampleRun.piece("loss", generation: 1, [1, 2])])
        ])
        _ = try await backend.file([run.filing(revision: 3, metrics: [SampleRun.piece("loss", at: 3, [9])])])
        _ = try await backend.file([
            run.filing(revision: 4, metrics: [SampleRun.piece("loss", generation: 1, at: 2, [3])])
        ])
        #expect(try await backend.values("loss", of: run.reference(1)) == [1, 2, 3])
        #expect(try await backend.trial(run.reference(1))?.metrics.first?.extremes == 1...3)
    }

    @Test(arguments: backendFixtures)
    func `values that are no numbers come back as they were`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        let run = SampleRun(1)
        _ = try await backend.file([run.filing(metrics: [SampleRun.piece("odd", [.nan, .infinity, -.infinity, -0.0])])])
        let values = try await backend.values("odd", of: run.reference(1))
        #expect(values.map(\.bitPattern) == [Double.nan, .infinity, -.infinity, -0.0].map(\.bitPattern))
        var whole = SampleRun.piece("odd", at: 4, [])
        whole.points = [MetricPoint(epoch: -3, value: .integer(.max), recorded: SampleRun.time(0))]
        _ = try await backend.file([run.filing(revision: 2, metrics: [whole])])
        let series = try await backend.series("odd", of: run.reference(1), range: 4..<5, atMost: nil)
        #expect(series?.points == whole.points)
    }

    @Test(arguments: backendFixtures)
    func `a part of a long series is read alone, and thinning keeps its extremes`(
        _ fixture: BackendFixture
    ) async throws {
        let backend = try await fixture.make().open()
        let run = SampleRun(1)
        var values = (0..<30_000).map { Double($0 % 100) }
        values[12_345] = -7
        values[23_456] = 1e9
        _ = try await backend.file([run.filing(metrics: [SampleRun.piece("long", values)])])
        let reference = run.reference(1)
        let part = try await backend.series("long", of: reference, range: 12_340..<12_350, atMost: nil)
        #expect(part?.count == 30_000)
        #expect(part?.points.map(\.value.double) == Array(values[12_340..<12_350]))
        let thinned = try #require(try await backend.series("long", of: reference, range: nil, atMost: 200))
        #expect(thinned.points.count <= 200 && thinned.points.count >= 100)
        #expect(thinned.points.map(\.value.double).contains(-7) && thinned.points.map(\.value.double).contains(1e9))
        #expect(thinned.points.map(\.epoch) == thinned.points.map(\.epoch).sorted())
        #expect(try await backend.series("long", of: reference, range: 40_000..<50_000, atMost: 5)?.points == [])
        #expect(try await backend.series("none", of: reference, range: nil, atMost: nil) == nil)
    }

    @Test(arguments: backendFixtures)
    func `series keep the names that the run gave them`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        let run = SampleRun(1)
        let names = ["val/loss", "val_loss", "größe", "a b", String(repeating: "n", count: 300)]
        let answers = try await backend.file([run.filing(metrics: names.map { SampleRun.piece($0, [1]) })])
        #expect(try await backend.trial(run.reference(1))?.metrics.map(\.name) == names)
        for name in names { #expect(try await backend.values(name, of: run.reference(1)) == [1]) }
        guard case .done(_, _, let notices)? = answers.first else { return }
        // Those that daskperiment knows by another name.
        #expect(notices.count == 4)
    }
}

extension TrialReader {
    /// The values of a series; none when the trial has no such series.
    func values(_ name: String, of reference: TrialReference) async throws -> [Double] {
        try await series(name, of: reference, range: nil, atMost: nil)?.points.map(\.value.double) ?? []
    }
}
