import BackendTesting
import Testing
import Trials

/// What a store promises about filing.
@Suite struct FilingTests {
    @Test(arguments: backendFixtures)
    func `numbers are given from 1 on, in the order of filing`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        let answers = try await backend.file((1...5).map { SampleRun($0).filing() })
        #expect(answers.map(\.number) == [1, 2, 3, 4, 5])
        #expect(try await backend.file([SampleRun(6).filing()]).map(\.number) == [6])
    }

    @Test(arguments: backendFixtures)
    func `filing a run again, whole, in the same batch or in another process, changes nothing`(
        _ fixture: BackendFixture
    ) async throws {
        let store = try await fixture.make()
        let backend = try await store.open()
        var run = SampleRun(1)
        run.capture = SampleRun.wholeCapture()
        let filing = run.filing(metrics: [SampleRun.piece("loss", [1, 2, 3])], outcome: SampleRun.success())
        let first = try await backend.file([filing, filing, SampleRun(2).filing(), filing])
        #expect(first.map(\.number) == [1, 1, 2, 1])
        let trial = try await backend.trial(run.reference(1))
        let another = try await store.open()
        #expect(try await another.file([filing]).map(\.number) == [1])
        #expect(try await another.trial(run.reference(1)) == trial)
        #expect(try await another.series("loss", of: run.reference(1), range: nil, atMost: nil)?.count == 3)
    }

    @Test(arguments: backendFixtures)
    func `a lower revision never overwrites a higher one`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        var run = SampleRun(1)
        run.facts.note = "late"
        _ = try await backend.file([run.filing(revision: 3)])
        run.facts.note = "early"
        let answers = try await backend.file([run.filing(revision: 2, outcome: SampleRun.success())])
        #expect(answers == [.done(run.reference(1), Revision(3), [])])
        let trial = try #require(try await backend.trial(run.reference(1)))
        #expect(trial.facts.note == "late")
        #expect(trial.state == .running)
    }

    @Test(arguments: backendFixtures)
    func `a run is opened, updated and closed under one number`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        var run = SampleRun(1)
        run.capture = SampleRun.wholeCapture()
        _ = try await backend.file([run.filing(revision: 1, metrics: [SampleRun.piece("loss", [3])])])
        run.capture = nil
        run.facts.tags = ["kept"]
        _ = try await backend.file([run.filing(revision: 2, metrics: [SampleRun.piece("loss", at: 1, [2, 1])])])
        let running = try #require(try await backend.trial(run.reference(1)))
        #expect(running.state == .running)
        #expect(running.capture == SampleRun.wholeCapture())
        _ = try await backend.file([run.filing(revision: 3, outcome: SampleRun.success())])
        let closed = try #require(try await backend.trial(run.reference(1)))
        #expect(closed.outcome == SampleRun.success())
        #expect(closed.facts == run.facts)
        #expect(closed.capture == SampleRun.wholeCapture())
        #expect(closed.metrics.map(\.count) == [3])
        #expect(closed.revision == Revision(3))
    }

    @Test(arguments: backendFixtures)
    func `a trial that is reopened is running again, and may end otherwise`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        let run = SampleRun(1)
        _ = try await backend.file([run.filing(revision: 1, outcome: SampleRun.success())])
        _ = try await backend.file([run.filing(revision: 2)])
        #expect(try await backend.trial(run.reference(1))?.state == .running)
        let failure = Outcome(
            state: .failed, finished: SampleRun.time(90), error: TrialError(type: "ValueError", message: "x"))
        _ = try await backend.file([run.filing(revision: 3, outcome: failure)])
        #expect(try await backend.trial(run.reference(1))?.outcome == failure)
    }

    @Test(arguments: backendFixtures)
    func `an empty batch is answered with nothing`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        #expect(try await backend.file([]).isEmpty)
    }

    @Test(arguments: backendFixtures)
    func `one batch may hold several experiments, each with its own numbers`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        let answers = try await backend.file([
            SampleRun(1, of: "a").filing(), SampleRun(2, of: "b").filing(), SampleRun(3, of: "a").filing(),
        ])
        #expect(answers.map(\.number) == [1, 1, 2])
        #expect(try await backend.experiments().map(\.id.text) == ["a", "b"])
        #expect(try await backend.experiments().map(\.lastNumber) == [2, 1])
    }

    @Test(arguments: backendFixtures)
    func `runs are found by their keys`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        _ = try await backend.file([SampleRun(1).filing(revision: 4), SampleRun(2).filing()])
        let unknown = SampleRun(3)
        let found = try await backend.locate([SampleRun(1).key, unknown.key], in: unknown.experiment)
        #expect(found == [SampleRun(1).key: .done(unknown.reference(1), Revision(4), [])])
        #expect(try await backend.locate([unknown.key], in: SampleRun(1, of: "nowhere").experiment).isEmpty)
    }

    @Test(arguments: backendFixtures, [1, 2, 3, 4])
    func `a caller that takes up after any failed call loses and doubles nothing`(
        _ fixture: BackendFixture, nth: Int
    ) async throws {
        for moment in FailingBackend.Moment.allCases {
            let store = try await fixture.make()
            let backend = FailingBackend(try await store.open(), failingCall: nth, moment)
            for number in 1...4 {
                let filing = SampleRun(number).filing(
                    metrics: [SampleRun.piece("loss", [1])], outcome: SampleRun.success())
                do {
                    _ = try await backend.file([filing])
                } catch {
                    #expect(error == FailingBackend.failure)
                    _ = try await backend.file([filing])
                }
            }
            #expect(backend.callCount == 5)
            let reader = try await store.open()
            let page = try await reader.trials(
                History.Query(experiment: SampleRun(1).experiment, newestFirst: false), after: nil, limit: 10)
            #expect(page.rows.map { $0.parameters["number"] } == (1...4).map { .integer($0) })
        }
    }
}

extension Filed {
    /// The trial's number, when the filing was done.
    var number: Int? {
        guard case .done(let reference, _, _) = self else { return nil }
        return reference.number
    }
}

extension SampleRun {
    /// The trial of that number in the run's experiment.
    func reference(_ number: Int) -> TrialReference { TrialReference(experiment: experiment, number: number) }
}
