import BackendTesting
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

@Suite struct ConcurrencyTests {
    @Test(arguments: backendFixtures)
    func `four processes that file at once lose and double nothing`(_ fixture: BackendFixture) async throws {
        let store = try await fixture.make()
        // Two of them file the same runs: agents on two machines that see one marker.
        var first = try WriterProcess(store.address, first: 1, count: 20)
        var second = try WriterProcess(store.address, first: 101, count: 20)
        var third = try WriterProcess(store.address, first: 201, count: 20)
        var fourth = try WriterProcess(store.address, first: 101, count: 20)
        let said = try [first.end(), second.end(), third.end(), fourth.end()]
        #expect(said.map(\.0) == Array(repeating: .exited(0), count: 4))

        var numbers: [Int: Set<Int>] = [:]
        for acknowledged in said.flatMap(\.1) { numbers[acknowledged.run, default: []].insert(acknowledged.number) }
        #expect(numbers.count == 60)
        #expect(numbers.values.allSatisfy { $0.count == 1 })
        let given = numbers.values.reduce(into: Set()) { $0.formUnion($1) }
        #expect(given.count == 60)
        if !fixture.leavesGaps { #expect(given == Set(1...60)) }

        let reader = try await store.open()
        for (run, number) in numbers {
            try await expectWhole(FiledInSteps(run), number.first ?? 0, in: reader)
        }
        let last = try await reader.experiments().map(\.lastNumber)
        #expect(fixture.leavesGaps ? last.first ?? 0 >= 60 : last == [60])
        let page = try await reader.trials(History.Query(experiment: SampleRun(1).experiment), after: nil, limit: 100)
        #expect(Set(page.rows.map(\.reference.number)) == given)
    }

    @Test(arguments: backendFixtures)
    func `of two agents that tell of one run at once neither makes the record forget the other's points`(
        _ fixture: BackendFixture
    ) async throws {
        let store = try await fixture.make()
        let (first, second) = (try await store.open(), try await store.open())
        let run = SampleRun(1)
        let number = try #require(try await first.file([run.filing()]).first?.number)
        let reference = run.reference(number)
        for round in 0..<40 {
            let piece = SampleRun.piece("loss", at: 3 * round, [1, 2, 3])
            async let points = first.file([run.filing(revision: 3 * round + 2, metrics: [piece])])
            async let words = second.file([run.filing(revision: 3 * round + 3)])
            let answers = try await (points, words)
            #expect(answers.1.first?.number == number)
            if case .done(_, let held, _)? = answers.0.first, held == Revision(3 * round + 2) {
                let trial = try await first.trial(reference)
                #expect(trial?.metrics.first?.count == 3 * round + 3)
                #expect(trial?.revision == Revision(3 * round + 3))
            }
            // One that came too late said so, and tells its points with the next revision.
            _ = try await first.file([run.filing(revision: 3 * round + 4, metrics: [piece])])
        }
        #expect(try await first.values("loss", of: reference).count == 120)
    }
}

/// Expects that a store holds a run once, as it was told, under a number.
func expectWhole(_ steps: FiledInSteps, _ number: Int, in reader: any TrialReader) async throws {
    let reference = steps.run.reference(number)
    let trial = try #require(try await reader.trial(reference))
    #expect(trial.key == steps.run.key)
    #expect(trial.state == .succeeded)
    #expect(trial.facts == steps.run.facts)
    #expect(trial.capture == SampleRun.wholeCapture())
    let series = try await reader.series("loss", of: reference, range: nil, atMost: nil)
    #expect(series?.points.map(\.value) == steps.losses.map { .float($0) })
}
