import BackendTesting
import Testing
import Trials

/// What a store promises about reading.
@Suite struct HistoryTests {
    @Test(arguments: backendFixtures, [true, false])
    func `pages go through all trials once, in order`(_ fixture: BackendFixture, newestFirst: Bool) async throws {
        let backend = try await fixture.make().open()
        let run = SampleRun(1)
        _ = try await backend.file((1...25).map { SampleRun($0).filing() })
        let query = History.Query(experiment: run.experiment, newestFirst: newestFirst)
        var numbers: [Int] = []
        var cursor: History.Cursor?
        var pages = 0
        repeat {
            let page = try await backend.trials(query, after: cursor, limit: 10)
            numbers += page.rows.map(\.reference.number)
            cursor = page.next
            pages += 1
        } while cursor != nil
        #expect(numbers == (newestFirst ? (1...25).reversed() : Array(1...25)))
        #expect(pages == 3)
    }

    @Test(arguments: backendFixtures)
    func `a page that is exactly full is the last when nothing follows`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        _ = try await backend.file((1...10).map { SampleRun($0).filing() })
        let query = History.Query(experiment: SampleRun(1).experiment)
        #expect(try await backend.trials(query, after: nil, limit: 10).next == nil)
    }

    @Test(arguments: backendFixtures)
    func `trials are chosen by state and by when they were filed`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        _ = try await backend.file([
            SampleRun(1).filing(outcome: SampleRun.success()), SampleRun(2).filing(),
            SampleRun(3).filing(outcome: Outcome(state: .aborted, finished: SampleRun.time(1))),
        ])
        var query = History.Query(experiment: SampleRun(1).experiment, states: [.running, .aborted])
        #expect(try await backend.trials(query, after: nil, limit: 10).rows.map(\.reference.number) == [3, 2])
        query.since = SampleRun.time(1_000_000)
        #expect(try await backend.trials(query, after: nil, limit: 10).rows.isEmpty)
    }

    @Test(arguments: backendFixtures)
    func `a row says what a table shows`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        var run = SampleRun(1)
        run.facts.parameters = ["optimizer": .mapping(["lr": .float(0.5)])]
        run.facts.tags = ["best"]
        run.capture = SampleRun.wholeCapture()
        run.capture?.problems = ["no git"]
        _ = try await backend.file([
            run.filing(metrics: [SampleRun.piece("val/loss", [2, 1])], outcome: SampleRun.success())
        ])
        let page = try await backend.trials(History.Query(experiment: run.experiment), after: nil, limit: 1)
        let row = try #require(page.rows.first)
        #expect(row.parameters == ["optimizer.lr": .float(0.5)])
        #expect(row.metrics == ["val/loss": .float(1)])
        #expect(row.result == .float(0.25) && row.state == .succeeded && row.tags == ["best"])
        // The capture's own, and the store's: the metric has another name in daskperiment's files.
        #expect(row.problems == 2)
        #expect(row.processTime == .milliseconds(12_345))
    }

    @Test(arguments: backendFixtures)
    func `an experiment that does not exist is told as such`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        let query = History.Query(experiment: SampleRun(1, of: "nowhere").experiment)
        let error = await #expect(throws: StoreError.self) {
            _ = try await backend.trials(query, after: nil, limit: 1)
        }
        #expect(error?.kind == .notFound)
        #expect(try await backend.trial(SampleRun(1).reference(1)) == nil)
        #expect(try await backend.experiments().isEmpty)
    }

    @Test(arguments: backendFixtures)
    func `changes are told once, oldest first, from where the reader stopped`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        let first = SampleRun(1)
        _ = try await backend.file([first.filing(), SampleRun(2).filing()])
        let one = try await backend.changes(after: nil, limit: 1)
        #expect(one.references == [first.reference(1)])
        let two = try await backend.changes(after: one.next, limit: 10)
        #expect(two.references == [first.reference(2)])
        #expect(try await backend.changes(after: two.next, limit: 10).references == [])
        _ = try await backend.file([first.filing(revision: 2), SampleRun(1, of: "other").filing()])
        let three = try await backend.changes(after: two.next, limit: 10)
        #expect(Set(three.references) == [first.reference(1), SampleRun(1, of: "other").reference(1)])
    }
}
