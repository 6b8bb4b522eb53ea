import Pickle
import Records
import Testing
import Trials

/// Python values that were made to be long.
@Suite struct ValueOfPickleTests {
    private static func array(_ shape: PickleValue, _ code: String, _ content: PickleValue) -> PickleValue {
        let type = PickleValue.build(
            .call("numpy", "dtype", .string(code), 0, 1),
            state: .tuple([3, "<", .none, .none, .none, -1, -1, 0]))
        return .build(
            .call(
                "numpy.core.multiarray", "_reconstruct", .global(module: "numpy", name: "ndarray"), .tuple([0]),
                .bytes([0x62])), state: .tuple([1, shape, type, false, content]))
    }

    @Test func `an array with no elements has no rows, however many its shape claims`() {
        #expect(Value(Self.array(.tuple([.int(1 << 62), 0]), "f8", .bytes([]))) == .list([]))
        #expect(Value(Self.array(.tuple([0]), "f8", .bytes([]))) == .list([]))
        #expect(Value(Self.array(.tuple([2]), "u1", .bytes([3, 4]))) == .list([.integer(3), .integer(4)]))
    }

    @Test func `elements that have no bytes are not counted by the shape alone`() {
        let array = Self.array(.tuple([.int(1 << 40)]), "S0", .bytes([]))
        #expect(array.numpyArray == nil)
        #expect(Value(array) == .text("<numpy.ndarray>"))
        #expect(array.canonical.numpyArray == nil)
    }

    @Test func `a number that is too long to be written in decimal is told by its size`() {
        let number = PickleInteger(littleEndian: [UInt8](repeating: 0x7F, count: 1_000_000))
        #expect(Value(.long(number)) == .text("int of 1000000 bytes"))
        guard case .integer(let kept) = Value(.long(PickleInteger(littleEndian: [UInt8](repeating: 0x7F, count: 1000))))
        else {
            Issue.record("no integer")
            return
        }
        #expect(kept.description.utf8.count == 2408)
    }
}
