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
