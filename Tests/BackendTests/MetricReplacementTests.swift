import BackendTesting
import Testing
import Trials

/// What a store promises about series that change at their end.
@Suite struct MetricReplacementTests {
    private static let cuts: [(piece: MetricPiece, expected: [Double])] = [
        (SampleRun.piece("loss", generation: 1, at: 4, [-5]), [9, 1, 2, 3, -5]),
        (SampleRun.piece("loss", generation: 1, at: 4, [5, 6, 7]), [9, 1, 2, 3, 5, 6, 7]),
        (SampleRun.piece("loss", generation: 1, at: 2, [7]), [9, 1, 7]),
        (SampleRun.piece("loss", generation: 1, at: 1, []), [9]),
        (SampleRun.piece("loss", generation: 1, at: 5, [6]), [9, 1, 2, 3, 0, 6]),
        (SampleRun.piece("loss", generation: 1, at: 5, []), [9, 1, 2, 3, 0]),
        (SampleRun.piece("loss", generation: 1, at: 0, [8, 8]), [8, 8]),
        (SampleRun.piece("loss", generation: 1, at: 0, []), []),
    ]

    @Test(arguments: backendFixtures, cuts.indices)
    func
        `a piece of the next generation keeps the points before it and replaces those after, however often it is filed`(
            _ fixture: BackendFixture, _ place: Int
        ) async throws
    {
        let (piece, expected) = Self.cuts[place]
        let backend = try await fixture.make().open()
        let run = SampleRun(1)
        let pieces = [
            SampleRun.piece("loss", [9, 1, 2]), SampleRun.piece("loss", at: 3, [3, 0]), piece,
            SampleRun.piece("loss", at: 3, [3, 0, 100]), piece, piece,
        ]
        for (place, piece) in pieces.enumerated() {
            _ = try await backend.file([run.filing(revision: place + 1, metrics: [piece])])
        }
        #expect(try await backend.values("loss", of: run.reference(1)) == expected)
        let summary = try #require(try await backend.trial(run.reference(1))?.metrics.first)
        #expect(summary.generation == 1)
        #expect(summary.count == expected.count)
        #expect(summary.last?.value.double == expected.last)
        #expect(summary.extremes == expected.min().flatMap { low in expected.max().map { low...$0 } })
        let history = try await backend.trials(History.Query(experiment: run.experiment), after: nil, limit: 1)
        #expect(history.rows.first?.metrics["loss"] == expected.last.map { .float($0) })
    }

    @Test(arguments: backendFixtures)
    func `a piece with points before it whose generation before is missing is refused, until that is filed`(
        _ fixture: BackendFixture
    ) async throws {
        let backend = try await fixture.make().open()
        let run = SampleRun(1)
        _ = try await backend.file([run.filing(revision: 1, metrics: [SampleRun.piece("loss", [0, 1, 2])])])
        let between = SampleRun.piece("loss", generation: 1, at: 1, [5, 6])
        let late = run.filing(revision: 3, metrics: [SampleRun.piece("loss", generation: 2, at: 2, [7])])
        let refused = try await backend.file([late])
        guard case .refused(let error)? = refused.first else {
            Issue.record("it was taken: \(refused)")
            return
        }
        #expect(error.reason.contains("loss") && error.remedy != nil)
        #expect(try await backend.values("loss", of: run.reference(1)) == [0, 1, 2])
        _ = try await backend.file([run.filing(revision: 2, metrics: [between]), late])
        #expect(try await backend.values("loss", of: run.reference(1)) == [0, 5, 7])
        // A series that is replaced whole needs nothing of what was before.
        let anew = SampleRun.piece("loss", generation: 9, [4])
        _ = try await backend.file([run.filing(revision: 4, metrics: [anew])])
        #expect(try await backend.values("loss", of: run.reference(1)) == [4])
    }

    @Test(arguments: backendFixtures, [1, 2, 3, 4, 5, 6])
    func `whatever pieces come, alone or in one filing or batch, the series is what the rule makes of them`(
        _ fixture: BackendFixture, seed: UInt64
    ) async throws {
        let store = try await fixture.make()
        let backend = try await store.open()
        let run = SampleRun(1)
        var random = SeededRandom(seed)
        var oracles = ["a": AppliedSeries(), "b": AppliedSeries()]
        var revision = 0
        for _ in 0..<40 {
            var filings: [Filing] = []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                revision += 1
                var pieces: [MetricPiece] = []
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let name = Bool.random(using: &random) ? "a" : "b"
                    guard var oracle = oracles[name] else { continue }
                    let piece = Self.piece(name, for: oracle, &random)
                    let isTaken = oracle.apply(piece)
                    #expect(isTaken)
                    oracles[name] = oracle
                    pieces.append(piece)
                }
                filings.append(run.filing(revision: revision, metrics: pieces))
            }
            #expect(try await backend.file(filings).allSatisfy { $0.number == 1 })
        }
        for reader in [backend, try await store.open()] {
            let trial = try #require(try await reader.trial(run.reference(1)))
            for (name, oracle) in oracles {
                let summary = try #require(trial.metrics.first { $0.name == name })
                #expect(summary.generation == oracle.generation)
                #expect(summary.count == oracle.points.count)
                #expect(summary.last == oracle.points.last)
                #expect(summary.extremes == oracle.extremes)
                let whole = try await reader.series(name, of: run.reference(1), range: nil, atMost: nil)
                #expect(whole?.points == oracle.points)
                for _ in 0..<10 {
                    let first = Int.random(in: 0...oracle.points.count, using: &random)
                    let range = first..<Int.random(in: first...oracle.points.count, using: &random)
                    let part = try await reader.series(name, of: run.reference(1), range: range, atMost: nil)
                    #expect(part?.points == Array(oracle.points[range]))
                }
                let most = max(2, oracle.points.count / 3)
                let thinned = try await reader.series(name, of: run.reference(1), range: nil, atMost: most)
                let values = (thinned?.points ?? []).map(\.value.double)
                #expect(values.count <= most && values.min() == oracle.extremes?.lowerBound)
            }
        }
    }

    /// A piece that goes on, replaces something, or repeats what is there.
    private static func piece(
        _ name: String, for series: AppliedSeries, _ random: inout SeededRandom
    ) -> MetricPiece {
        let isNext = Bool.random(using: &random)
        let most = isNext && Int.random(in: 0..<3, using: &random) > 0 ? 2 : series.points.count
        let offset = max(0, series.points.count - Int.random(in: 0...min(most, series.points.count), using: &random))
        var points = isNext ? [] : Array(series.points[offset...])
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            let value = Double(Int.random(in: -50...50, using: &random))
            points.append(
                MetricPoint(
                    epoch: offset + points.count, value: .float(value), recorded: SampleRun.time(points.count)))
        }
        return MetricPiece(
            name: name, generation: series.generation + (isNext ? 1 : 0), offset: offset, points: points)
    }

    @Test(arguments: backendFixtures)
    func `replacing the last point a thousand times costs no more on a long series than on a short one`(
        _ fixture: BackendFixture
    ) async throws {
        var times: [Duration] = []
        for count in [10, 100_000] {
            let backend = try await fixture.make().open()
            let run = SampleRun(1)
            // Falling, so that each replacement takes the lowest value away.
            let values = (0..<count).map { Double(-$0) }
            _ = try await backend.file([run.filing(metrics: [SampleRun.piece("loss", values)])])
            let clock = ContinuousClock()
            let time = try await clock.measure {
                for round in 1...1000 {
                    let piece = SampleRun.piece("loss", generation: round, at: count - 1, [Double(round)])
                    _ = try await backend.file([run.filing(revision: round + 1, metrics: [piece])])
                }
            }
            times.append(time)
            let summary = try await backend.trial(run.reference(1))?.metrics.first
            #expect(summary?.count == count)
            #expect(summary?.last?.value == .float(1000))
            #expect(summary?.extremes == Double(2 - count)...1000)
            let end = try await backend.series("loss", of: run.reference(1), range: (count - 3)..<count, atMost: nil)
            #expect(end?.points.map(\.value.double) == [Double(3 - count), Double(2 - count), 1000])
        }
        print("1000 replacements of the last point: \(times[0]) at 10 points, \(times[1]) at 100,000")
        #expect(times[1] < times[0] * 5 + .seconds(2))
    }
}
