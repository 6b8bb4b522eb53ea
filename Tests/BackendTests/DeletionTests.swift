import BackendTesting
import Testing
import Trials

/// What a store promises about deleting and about taking trials over from another store.
@Suite struct DeletionTests {
    @Test(arguments: backendFixtures)
    func `a deleted trial is gone, and a late filing does not bring it back`(_ fixture: BackendFixture) async throws {
        let store = try await fixture.make()
        let backend = try await store.open()
        let run = SampleRun(2)
        _ = try await backend.file((1...3).map { SampleRun($0).filing() })
        try await backend.delete([run.reference(2), run.reference(9), SampleRun(1, of: "nowhere").reference(1)])
        for reader in [backend, try await store.open()] {
            #expect(try await reader.trial(run.reference(2)) == nil)
            #expect(try await reader.file([run.filing(revision: 9)]) == [.deleted(run.reference(2))])
            #expect(try await reader.locate([run.key], in: run.experiment) == [run.key: .deleted(run.reference(2))])
            let page = try await reader.trials(History.Query(experiment: run.experiment), after: nil, limit: 9)
            #expect(page.rows.map(\.reference.number) == [3, 1])
        }
    }

    @Test(arguments: backendFixtures)
    func `what was deleted is told by number and run`(_ fixture: BackendFixture) async throws {
        let store = try await fixture.make()
        let backend = try await store.open()
        let runs = (1...4).map { SampleRun($0) }
        #expect(try await backend.deletions(in: runs[0].experiment) == [])
        _ = try await backend.file(runs.map { $0.filing() })
        try await backend.delete([runs[3].reference(4), runs[1].reference(2)])
        for reader in [backend, try await store.open()] {
            let told = try await reader.deletions(in: runs[0].experiment)
            #expect(told == [DeletedRun(number: 2, key: runs[1].key), DeletedRun(number: 4, key: runs[3].key)])
        }
    }

    @Test(arguments: backendFixtures)
    func `the number of a deleted trial is not given again`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        _ = try await backend.file((1...3).map { SampleRun($0).filing() })
        try await backend.delete([SampleRun(3).reference(3)])
        #expect(try await backend.file([SampleRun(4).filing()]).map(\.number) == [4])
    }

    @Test(arguments: backendFixtures)
    func `what other trials share with a deleted one stays`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        let steps = (1...3).map { FiledInSteps($0) }
        for step in steps { for filing in step.filings { _ = try await backend.file([filing]) } }
        try await backend.delete([steps[0].run.reference(1)])
        try await expectWhole(steps[1], 2, in: backend)
        try await expectWhole(steps[2], 3, in: backend)
    }

    @Test(arguments: backendFixtures)
    func `restored trials keep their numbers, and filing goes on after the highest`(
        _ fixture: BackendFixture
    ) async throws {
        let backend = try await fixture.make().open()
        let run = SampleRun(1)
        let trials = [
            RestoredTrial(number: 7, filing: run.filing(outcome: SampleRun.success()), filed: SampleRun.time(5)),
            RestoredTrial(number: 3, filing: SampleRun(2).filing(), filed: nil),
        ]
        #expect(try await backend.restore(trials).map(\.number) == [7, 3])
        #expect(try await backend.restore(trials).map(\.number) == [7, 3])
        #expect(try await backend.trial(run.reference(7))?.filed == SampleRun.time(5))
        #expect(try await backend.file([SampleRun(3).filing()]).map(\.number) == [8])
        let page = try await backend.trials(History.Query(experiment: run.experiment), after: nil, limit: 9)
        #expect(page.rows.map(\.reference.number) == [8, 7, 3])
    }

    @Test(arguments: backendFixtures)
    func `a number that names another run, or a run that has another number, is refused`(
        _ fixture: BackendFixture
    ) async throws {
        let backend = try await fixture.make().open()
        _ = try await backend.file([SampleRun(1).filing()])
        let answers = try await backend.restore([
            RestoredTrial(number: 1, filing: SampleRun(2).filing(), filed: nil),
            RestoredTrial(number: 5, filing: SampleRun(1).filing(revision: 2), filed: nil),
            RestoredTrial(number: 0, filing: SampleRun(3).filing(), filed: nil),
        ])
        #expect(answers.allSatisfy { if case .refused(let error) = $0 { !error.isTransient } else { false } })
        #expect(try await backend.experiments().map(\.lastNumber) == [1])
    }
}
