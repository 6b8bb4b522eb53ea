import Testing
import Trials

@testable import TrialAgent

@Suite struct `The queue of entries` {
    @Test(arguments: 1...10)
    func `agrees with a sorted set after any adding and removing`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let keys = try (0..<4).map { try runKey("\($0)") }
        func name() -> EntryName {
            EntryName(
                sequence: Int.random(in: 1...300, using: &random), key: keys[Int.random(in: 0..<4, using: &random)],
                revision: Revision(1))
        }
        var queue = EntryQueue()
        var model: Set<EntryName> = []
        for _ in 0..<600 {
            let name = name()
            if Bool.random(using: &random) {
                #expect(queue.insert(name) == model.insert(name).inserted)
            } else {
                let gone = Bool.random(using: &random) ? name : model.min() ?? name
                #expect(queue.remove(gone) == (model.remove(gone) != nil))
            }
            #expect(queue.count == model.count)
            #expect(queue.first == model.min())
            #expect(queue.last == model.max())
            #expect(queue.next(after: name) == model.filter { $0 > name }.min())
        }
    }
}

/// Chance that is the same at each run of a test (SplitMix64).
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
