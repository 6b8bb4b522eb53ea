import BackendTesting
import ProgramTesting
import Testing

@testable import Pickle

/// Pickles that Python wrote, damaged: always an error or a value.
@Suite(.serialized) struct MutationTests {
    @Test func `a pickle that is cut off anywhere is an error that says where`() throws {
        var random = SeededRandom(4)
        for pickle in Golden.all {
            // Of the short ones at every byte, of the long ones here and there.
            let lengths =
                pickle.count <= 100
                ? Array(0..<pickle.count)
                : (0..<(Soak.isAsked ? 500 : 30)).map { _ in Int.random(in: 0..<pickle.count, using: &random) }
            for length in lengths {
                let error = #expect(throws: PickleError.self) { try PickleValue(pickled: Array(pickle[..<length])) }
                guard case .truncated(let end)? = error?.reason, end == length, (error?.offset ?? .max) <= length else {
                    Issue.record("\(pickle.hex) cut at \(length): \(String(describing: error))")
                    return
                }
            }
        }
    }

    /// Some bytes changed, dropped, put in or doubled.
    private static func mutated(_ pickle: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = pickle
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            case 4:
                let end = min(bytes.count, place + Int.random(in: 1...16, using: &random))
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
            default:
                // The end of another one.
                guard let other = Golden.all.randomElement(using: &random), !other.isEmpty else { break }
                bytes.replaceSubrange(place..., with: other[Int.random(in: 0..<other.count, using: &random)...])
            }
        }
        return bytes
    }

    private struct TakesAll: PickleVisitor {
        var longestPath: Int { 5 }
        var count = 0
        mutating func takes(_ container: PickleContainer) -> Bool { true }
        mutating func take(entries: [PickleEntry], of container: PickleContainer) { count += entries.count }
        mutating func take(items: [PickleValue], of container: PickleContainer) { count += items.count }
    }

    @Test func `a pickle with bytes changed at random is a value, which is written and read as the same, or an error`()
    {
        var random = SeededRandom(20_261_126)
        var values = 0
        var errors = 0
        var handedOver = 0
        for _ in 0..<(Soak.isAsked ? 2_000_000 : 20_000) {
            guard let pickle = Golden.all.randomElement(using: &random) else { continue }
            let bytes = Self.mutated(pickle, &random)
            if let value = try? PickleValue(pickled: bytes) {
                values += 1
                let again = try? PickleValue(pickled: value.pickled())
                #expect(again == value || value.makesAndDrops, "\(bytes.hex)")
                if again == value { #expect(again?.canonicalBytes == value.canonicalBytes, "\(bytes.hex)") }
                _ = value.described
            } else {
                errors += 1
            }
            var visitor = TakesAll()
            var reader = PickleReader(bytes)
            _ = try? reader.read(&visitor)
            handedOver += visitor.count
        }
        #expect(values > 2000 && errors > 2000 && handedOver > 2000)
    }
}

extension PickleValue {
    /// Whether something is made in it and dropped; written, that may be made earlier.
    var makesAndDrops: Bool {
        var found = false
        visitAll { value in
            if case .sequence = value { found = true }
            return !found
        }
        return found
    }
}
