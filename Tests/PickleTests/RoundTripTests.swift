import BackendTesting
import ProgramTesting
import Testing

@testable import Pickle

/// Trees made at random, the same each time.
struct GeneratedTrees {
    private var random: SeededRandom
    private var labels: UInt32 = 0
    private var open: [PickleLabel] = []

    init(seed: UInt64) { random = SeededRandom(seed) }

    mutating func tree() -> PickleValue {
        labels = 0
        open = []
        return value(depth: 4)
    }

    private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    private mutating func bytes() -> [UInt8] {
        let lengths = [0, 1, 3, 255, 256, 300]
        return (0..<lengths[pick(lengths.count)]).map { _ in UInt8(pick(256)) }
    }

    private mutating func leaf() -> PickleValue {
        let texts = ["", "a", "größe ✓ 🚀", "e\u{301}", "\u{e9}", "\0\n", String(repeating: "x", count: 300)]
        let modules = ["numpy", "m.n", "größe"]
        switch pick(14) {
        case 0: return .none
        case 1: return .bool(pick(2) == 0)
        case 2: return .int(Int.random(in: Int.min...Int.max, using: &random) >> pick(64))
        case 3: return .long(PickleInteger(littleEndian: [1, 2, 3, 4, 5, 6, 7, 8, UInt8(pick(120) + 1)]))
        case 4: return .float(Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &random)))
        case 5, 6: return .string(texts[pick(texts.count)])
        case 7: return .bytes(bytes())
        case 8: return .global(module: modules[pick(3)], name: ["C", "Outer.Inner", "two\nlines"][pick(3)])
        case 9: return .surrogateString([0xED, 0xA0, UInt8(0x80 + pick(64))])
        case 10: return .python2String([0xFF] + bytes())
        case 11: return .extensionCode([1, 255, 256, 65536][pick(4)])
        case 12: return open.isEmpty ? .none : .reference(open[pick(open.count)])
        default: return .tuple([])
        }
    }

    private mutating func values(_ depth: Int) -> [PickleValue] {
        (0..<pick(4)).map { _ in value(depth: depth - 1) }
    }

    private mutating func entries(_ depth: Int) -> [PickleEntry] {
        (0..<pick(4)).map { PickleEntry(.int($0), value(depth: depth - 1)) }
    }

    private mutating func value(depth: Int) -> PickleValue {
        guard depth > 0 else { return leaf() }
        // What is labelled while its items are read can be referred to by them, and by all that follows; a label that
        // nothing refers to would be dropped.
        if pick(6) == 0 {
            let label = PickleLabel(rawValue: labels)
            labels += 1
            open.append(label)
            let items = values(depth)
            return .tuple([.labelled(label, .list(items)), .reference(label)])
        }
        let type = PickleValue.global(module: "m", name: "C")
        switch pick(16) {
        case 0: return .tuple(values(depth))
        case 1: return .list(values(depth))
        case 2: return .dictionary(entries(depth))
        case 3: return .set(values(depth))
        case 4: return .frozenset(values(depth))
        case 5: return .reduce(type, arguments: .tuple(values(depth)))
        case 6: return .newObject(type, arguments: .tuple(values(depth)))
        case 7: return .newObjectWithKeywords(type, arguments: .tuple(values(depth)), keywords: ["a": value(depth: 0)])
        case 8: return .instance(type, arguments: values(depth))
        case 9: return .build(.newObject(type, arguments: .tuple([])), state: value(depth: depth - 1))
        case 10: return .appended(.reduce(type, arguments: .tuple([])), items: [1] + values(depth))
        case 11:
            return .updated(.reduce(type, arguments: .tuple([])), entries: [PickleEntry("k", 1)] + entries(depth))
        case 12: return .added(.reduce(type, arguments: .tuple([])), members: [1] + values(depth))
        case 13: return .persistent(value(depth: depth - 1))
        case 14: return .bytearray(bytes())
        default: return leaf()
        }
    }
}

@Suite struct RoundTripTests {
    @Test func `a tree that is written is read as the tree that it was, and written as the same bytes`() throws {
        var trees = GeneratedTrees(seed: 20_261_126)
        var sizes = 0
        var standing = 0
        for number in 0..<(Soak.isAsked ? 300_000 : 3000) {
            let tree = trees.tree()
            let bytes = tree.pickled()
            sizes += bytes.count
            let read = try PickleValue(pickled: bytes)
            // What points at one label from everywhere need not be labelled where it was first.
            #expect(read == tree, "tree \(number): \(bytes.hex)")
            #expect(read.pickled() == bytes)
            #expect(read.canonicalBytes == tree.canonicalBytes)
            // A set that has a cycle in it may be put in another order by the numbers that the cycle got.
            let canonical = tree.canonical
            if canonical.hasLabels { continue }
            standing += 1
            #expect(try PickleValue(pickled: canonical.pickled()) == canonical, "tree \(number): \(bytes.hex)")
            #expect(canonical.canonical == canonical, "tree \(number): \(bytes.hex)")
        }
        #expect(sizes > 100_000 && standing > 1000)
    }

    @Test func `instructions of a value may be put into another pickle, whose labels they leave alone`() throws {
        let label = PickleLabel(rawValue: 0)
        let other = PickleLabel(rawValue: 1)
        let value: PickleValue = [
            .labelled(label, [1]), .reference(label), .labelled(other, [2]), .reference(other),
        ]
        let body = value.body(labelsFrom: 7, labelStep: 2)
        #expect(body.labelCount == 2)
        var writer = PickleWriter()
        writer.openDictionary(labelled: PickleLabel(rawValue: 8))
        writer.write("first")
        writer.write(body: body.bytes)
        writer.write("second")
        writer.write(body: value.body(labelsFrom: 11, labelStep: 2).bytes)
        writer.write("self")
        writer.write(.reference(PickleLabel(rawValue: 8)))
        writer.close()
        writer.finish()
        let whole = try PickleValue(pickled: writer.bytes)
        guard case .labelled(let outer, let dictionary) = whole else {
            Issue.record("\(whole)")
            return
        }
        #expect(dictionary["self"] == .reference(outer))
        #expect(dictionary["first"]?.expanded == [[1], [1], [2], [2]])
        #expect(dictionary["second"]?.expanded == [[1], [1], [2], [2]])
    }

    @Test func `integers of any size are what they are in decimal`() {
        for text in ["0", "1", "-1", "255", "-256", "4294967296", "-18446744073709551616", "1000000000000000000000000"]
        {
            #expect(PickleInteger(decimal: text)?.decimal == text)
        }
        var random = SeededRandom(3)
        for _ in 0..<500 {
            let digits =
                String(Int.random(in: 1...9, using: &random))
                + (0..<Int.random(in: 0...60, using: &random)).map { _ in
                    String(Int.random(in: 0...9, using: &random))
                }.joined()
            let text = Bool.random(using: &random) ? digits : "-" + digits
            #expect(PickleInteger(decimal: text)?.decimal == text)
        }
    }
}

extension PickleValue {
    fileprivate var hasLabels: Bool {
        var found = false
        visitAll { value in
            if case .labelled = value { found = true }
            return !found
        }
        return found
    }
}
