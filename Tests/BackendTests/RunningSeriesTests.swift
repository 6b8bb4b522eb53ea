import Testing

@testable import LocalBackend

/// What is done with the list of a running trial's series in a pickle.
@Suite struct RunningSeriesTests {
    private static func list(_ listed: Int, of count: Int? = nil) -> RunningSeries.Held {
        RunningSeries.Held(place: 0, count: count ?? listed, listed: listed, lastPoints: 1)
    }

    private static let cases: [(RunningSeries.Held?, Int, Int?, RunningSeries.Change)] = [
        (list(5), 5, nil, RunningSeries.Change.nothing), (list(5), 7, 5, .append(5..<7)),
        // Points in the middle were replaced, and maybe some added or taken away.
        (list(5), 7, 3, .replace(3..<7)), (list(5), 5, 4, .replace(4..<5)), (list(5), 3, nil, .replace(3..<3)),
        (list(5), 4, 1, .replace(1..<4)), (list(0), 1, 0, .append(0..<1)),
        // A pickle has 10,000 points of a series; a longer one waits until it has doubled.
        (list(9_000), 12_000, 9_000, .append(9_000..<10_000)), (list(10_000), 12_000, 10_000, .nothing),
        (list(10_000), 12_000, 9_999, .replace(9_999..<10_000)), (list(10_000), 20_000, 12_000, .whole),
        (list(9_800, of: 20_000), 39_999, 20_000, .nothing), (list(9_800, of: 20_000), 40_000, 39_999, .whole),
        (list(9_800, of: 20_000), 10_000, nil, .whole), (nil, 1, nil, .whole),
    ]

    @Test(arguments: cases)
    func `only what is new of a series is written`(
        _ list: RunningSeries.Held?, count: Int, first: Int?, expected: RunningSeries.Change
    ) {
        #expect(RunningSeries.change(list, count: count, changedFrom: first) == expected)
    }

    @Test func `places of trials that ended are used again, and there is an end to them`() {
        var series = RunningSeries()
        for trial in 1...3 {
            guard let place = series.place(of: trial, metric: 7) else { continue }
            series.set(RunningSeries.Held(place: place, count: 1, listed: 1, lastPoints: trial), of: trial, metric: 7)
        }
        #expect((1...3).map { series.list(of: $0, metric: 7)?.place } == [0, 1, 2])
        #expect(series.place(of: 2, metric: 7) == 1 && series.lastPoints(of: 2) == 2)
        series.forget(2)
        #expect(series.list(of: 2, metric: 7) == nil && series.lastPoints(of: 2) == nil)
        #expect(series.place(of: 9, metric: 0) == 1)
        #expect(series.place(of: 9, metric: 1) == 3)
        var many = 0
        while series.place(of: 10 + many, metric: 0) != nil { many += 1 }
        #expect(many > 10_000)
    }
}
