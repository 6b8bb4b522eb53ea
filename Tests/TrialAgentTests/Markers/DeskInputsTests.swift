import SystemPackage
import Testing

@testable import TrialAgent

/// What waits for the desk while it is at something else.
@Suite struct DeskInputsTests {
    private let inputs = DeskInputs()

    private func sight(_ names: Int...) {
        inputs.put(
            .sighted(
                names.map {
                    Sighted(
                        sighting: Sighting(project: "/p", path: FilePath("\($0).run"), kind: .renamedIn), reading: nil)
                }))
    }

    /// The names of the next sightings; nil for something else.
    private func next() async -> [String]? {
        guard case .sighted(let sighted)? = await inputs.next() else { return nil }
        return sighted.compactMap(\.sighting.path.stem)
    }

    @Test func `sightings that wait one behind the other are taken together, and nothing that came between is passed`()
        async
    {
        sight(1, 2)
        sight(3)
        inputs.put(.work { _, _ in })
        sight(4)
        #expect(await next() == ["1", "2", "3"])
        // It comes while others were handed out already.
        sight(5)
        #expect(await next() == nil)
        #expect(await next() == ["4"])
        #expect(await next() == ["5"])
    }

    @Test func `so many are put together that others get their turn between them`() async {
        for number in 1...1000 { sight(number) }
        var taken: [[String]] = []
        inputs.finish()
        while let names = await next() { taken.append(names) }
        #expect(taken.map(\.count) == [256, 256, 256, 232])
        #expect(taken.flatMap(\.self) == (1...1000).map(String.init))
    }

    @Test func `what was put before the end is still handed out, and nothing is taken after it`() async {
        sight(1)
        inputs.finish()
        #expect(!inputs.put(.work { _, _ in }))
        #expect(await next() == ["1"])
        #expect(await inputs.next() == nil)
    }

    @Test func `whoever waits is woken by what comes, and by the end`() async {
        async let first = next()
        sight(1)
        #expect(await first == ["1"])
        async let last = next()
        inputs.finish()
        #expect(await last == nil)
    }
}
