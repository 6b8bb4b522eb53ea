import BackendTesting
import LocalBackend
import Synchronization
import TestFiles
import Testing
import Trials

@testable import Trialwatch

/// What copying promises, whatever the two stores are.
@Suite struct TrialCopyingTests {
    /// Local files in a folder of their own.
    private final class Target: Sendable {
        private let folder: TemporaryDirectory
        let backend: LocalBackend

        init() throws {
            folder = try TemporaryDirectory()
            backend = LocalBackend(directory: folder.path, boot: "boot") { SampleRun.time(100) }
        }
    }

    private static let id = SampleRun(1).experiment
    private static func reference(_ number: Int) -> TrialReference { SampleRun(1).reference(number) }

    /// A trial of a Python process.
    private static func python(
        _ number: Int, _ parameters: Fields = ["x": .integer(1)], points: Int = 0,
        outcome: Outcome? = SampleRun.success()
    ) -> StoredTrial {
        var facts = TrialFacts()
        facts.parameters = parameters
        let metrics = MetricSummary(name: "loss", generation: 0, count: points, last: nil, extremes: nil)
        return StoredTrial(
            reference: reference(number), key: nil, revision: Revision(1), facts: facts,
            metrics: points > 0 ? [metrics] : [], outcome: outcome)
    }

    private static func points(_ count: Int) -> [MetricPoint] {
        SampleRun.piece("loss", (0..<count).map { Double($0) }).points
    }

    private static func copy(
        _ reader: any TrialReader, to writer: any TrialWriter, renumbers: Bool = false
    ) async throws -> TrialCopying {
        var copying = TrialCopying(reader: reader, writer: writer, renumbers: renumbers)
        try await copying.copy(id)
        return copying
    }

    @Test func `two caches of one experiment id are two trials 1, and neither is taken for the other`() async throws {
        let target = try Target()
        let mine = ScriptedReader([Self.python(1, ["x": .integer(1)])])
        let theirs = ScriptedReader([Self.python(1, ["x": .integer(2)])])
        #expect(try await Self.copy(mine, to: target.backend).told == "1 trials are there")
        let refused = try await Self.copy(theirs, to: target.backend)
        #expect(refused.copied == 0 && refused.refusals.count == 1, "\(refused.told)")
        for _ in 0..<2 {
            #expect(try await Self.copy(theirs, to: target.backend, renumbers: true).renumbered == 1)
            #expect(try await Self.copy(mine, to: target.backend).told == "1 trials are there")
        }
        let copies = [
            try await target.backend.trial(Self.reference(1)), try await target.backend.trial(Self.reference(2)),
        ]
        #expect(copies.map { $0?.facts.parameters["x"] } == [.integer(1), .integer(2)])
        #expect(try await target.backend.trial(Self.reference(3)) == nil)
    }

    @Test func `a trial of Python that goes on is brought up to date each time, and ends`() async throws {
        let target = try Target()
        for (points, outcome) in [(2, nil), (5, nil), (5, SampleRun.success())] {
            let reader = ScriptedReader(
                [Self.python(1, points: points, outcome: outcome)], points: Self.points(points))
            #expect(try await Self.copy(reader, to: target.backend).told == "1 trials are there")
            let trial = try await target.backend.trial(Self.reference(1))
            #expect(trial?.metrics.map(\.count) == [points] && trial?.outcome == outcome)
        }
    }

    @Test func `a trial that cannot be read is told, and those before and after it are copied`() async throws {
        let target = try Target()
        let reader = ScriptedReader((1...120).map { Self.python($0) })
        reader.change { $0.damaged = [70] }
        let copying = try await Self.copy(reader, to: target.backend)
        #expect(copying.copied == 119)
        #expect(copying.refusals.map { $0.hasPrefix("trial sample 70: ") } == [true])
    }

    @Test func `a trial that goes while it is read is left out`() async throws {
        let target = try Target()
        let reader = ScriptedReader([Self.python(1, points: 3), Self.python(2, points: 3)], points: Self.points(3))
        reader.change { $0.vanishing = [1] }
        #expect(try await Self.copy(reader, to: target.backend).told == "1 trials are there")
        #expect(try await target.backend.trial(Self.reference(1)) == nil)
        #expect(try await target.backend.trial(Self.reference(2))?.metrics.map(\.count) == [3])
    }

    @Test func `what is there as it is is not read again, and what has changed is`() async throws {
        let (source, target, other) = (try Target(), try Target(), try Target())
        let runs = (1...120).map { SampleRun($0) }
        _ = try await source.backend.file(runs.map { $0.filing() })
        _ = try await other.backend.file([SampleRun(500).filing()])
        func copy(_ expected: Int, to target: Target, renumbers: Bool = false) async throws {
            var trials: [StoredTrial] = []
            for number in 1...120 {
                trials += [try await source.backend.trial(Self.reference(number))].compactMap(\.self)
            }
            let reader = ScriptedReader(trials)
            let copying = try await Self.copy(reader, to: target.backend, renumbers: renumbers)
            #expect(copying.copied == 120 && copying.renumbered == (renumbers ? 1 : 0), "\(copying.told)")
            #expect(reader.content.withLock { $0.reads } == expected)
        }
        try await copy(120, to: target)
        try await copy(0, to: target)
        // The one whose number is taken is read a second time for its new one.
        try await copy(121, to: other, renumbers: true)
        try await copy(0, to: other, renumbers: true)
        _ = try await source.backend.file([runs[70].filing(revision: 2)])
        try await copy(1, to: target)
        #expect(try await target.backend.trial(Self.reference(71))?.revision == Revision(2))
    }

    @Test func `new numbers come after those that others keep`() async throws {
        let target = try Target()
        _ = try await target.backend.file([SampleRun(1).filing()])
        let reader = ScriptedReader((1...60).map { Self.python($0, ["x": .integer($0)]) })
        let copying = try await Self.copy(reader, to: target.backend, renumbers: true)
        #expect(copying.copied == 60 && copying.renumbered == 1 && copying.refusals == [])
        for number in 2...60 {
            #expect(try await target.backend.trial(Self.reference(number))?.facts.parameters["x"] == .integer(number))
        }
        #expect(try await target.backend.trial(Self.reference(61))?.facts.parameters["x"] == .integer(1))
    }

    @Test func `what was deleted before it was copied stays deleted, and its number is not given again`() async throws {
        let (source, target) = (try Target(), try Target())
        let runs = (1...4).map { SampleRun($0) }
        _ = try await source.backend.file(runs.map { $0.filing() })
        try await source.backend.delete([runs[1].reference(2), runs[3].reference(4)])
        for _ in 0..<2 {
            #expect(try await Self.copy(source.backend, to: target.backend).told == "2 trials are there")
        }
        #expect(try await target.backend.file([runs[3].filing(revision: 9)]) == [.deleted(runs[3].reference(4))])
        #expect(try await target.backend.file([SampleRun(5).filing()]).map(\.number) == [5])
        // A copy keeps what it has.
        try await source.backend.delete([runs[0].reference(1)])
        #expect(try await Self.copy(source.backend, to: target.backend).told == "1 trials are there")
        #expect(try await target.backend.trial(runs[0].reference(1)) != nil)
        // Elsewhere the number names another run, which keeps it.
        let other = try Target()
        _ = try await other.backend.file((11...14).map { SampleRun($0).filing() })
        _ = try await Self.copy(source.backend, to: other.backend)
        #expect(try await other.backend.trial(Self.reference(2))?.key == SampleRun(12).key)
        let located = try await other.backend.locate([runs[1].key], in: Self.id)
        guard case .deleted? = located[runs[1].key] else {
            Issue.record("\(located)")
            return
        }
    }

    @Test func `the end of changes is found in a store that changes all the time`() async throws {
        let reader = ScriptedReader([Self.python(1)])
        let copying = TrialCopying(reader: reader, writer: try Target().backend, renumbers: false)
        #expect(try await copying.end(ofChanges: nil)?.text == "1")
    }

    @Test func `following waits longer and longer while a store is away, says so once, and goes on where it was`()
        async throws
    {
        let target = try Target()
        let reader = ScriptedReader([Self.python(1)])
        let copying = TrialCopying(reader: reader, writer: target.backend, renumbers: false)
        var following = ChangeFollowing(copying, after: nil, of: [])
        reader.change { $0.failures = 8 }
        var steps: [(told: [String], pause: Duration?)] = []
        for _ in 0..<9 { steps.append(try await following.step()) }
        #expect(steps.map(\.told.count) == [1] + [Int](repeating: 0, count: 8))
        #expect(steps.map(\.pause) == [1, 2, 4, 8, 16, 32, 60, 60, 1].map { .seconds($0) })
        #expect(try await target.backend.trial(Self.reference(1)) != nil)
        #expect(reader.content.withLock { $0.changes } == 1)
    }

    @Test func `following comes back to what was not taken, and tells of it once`() async throws {
        let target = try Target()
        let reader = ScriptedReader([Self.python(1), Self.python(2)])
        let writer = RefusingWriter(wrapped: target.backend, refused: [2])
        var following = ChangeFollowing(
            TrialCopying(reader: reader, writer: writer, renumbers: false), after: nil, of: [])
        var told: [String] = []
        for _ in 0..<3 { told += try await following.step().told }
        #expect(told == ["trial sample 2: not now"])
        #expect(reader.content.withLock { $0.changes } == 1)
        #expect(try await target.backend.trial(Self.reference(1)) != nil)
    }
}

extension SampleRun {
    /// The run as a trial of that number.
    fileprivate func reference(_ number: Int) -> TrialReference {
        TrialReference(experiment: experiment, number: number)
    }
}

extension Filed {
    /// The trial's number, when the filing was done.
    fileprivate var number: Int? {
        guard case .done(let reference, _, _) = self else { return nil }
        return reference.number
    }
}
