import Pickle
import Testing

/// What a pickle costs that is made to cost much: time and memory in proportion to its size, whatever it says.
@Suite(.serialized) struct CostTests {
    enum Ending: Equatable {
        case value, tooMuch(PickleLimits.Kind), error
    }

    struct Bomb: CustomStringConvertible, Sendable {
        let name: String
        let ending: Ending
        let handedOver: Ending
        let pickle: @Sendable () -> [UInt8]

        init(
            _ name: String, _ ending: Ending = .value, handedOver: Ending? = nil,
            _ pickle: @escaping @Sendable () -> [UInt8]
        ) {
            (self.name, self.ending, self.handedOver, self.pickle) = (name, ending, handedOver ?? ending, pickle)
        }

        var description: String { name }
    }

    private static let count = 15_000

    /// A pickle of `unit`, again and again, between a beginning and an end.
    private static func many(
        _ begin: String, _ unit: String, _ end: String, count: Int = count
    ) -> [UInt8] {
        let unit = [UInt8](hex: unit)
        var bytes = [UInt8](hex: begin)
        bytes.reserveCapacity(bytes.count + unit.count * count + 8)
        for _ in 0..<count { bytes += unit }
        return bytes + [UInt8](hex: end + "2e")
    }

    /// Each level holds the one below twice: `make` closes it over the two.
    private static func doubling(before: String, after: String, levels: Int = 100) -> [UInt8] {
        var bytes: [UInt8] = [0x5D, 0x71, 0]
        for level in 1...levels {
            bytes += [UInt8](hex: before) + [0x68, UInt8(level - 1), 0x68, UInt8(level - 1)] + [UInt8](hex: after)
            bytes += [0x71, UInt8(level), 0x30]
        }
        return bytes + [0x68, UInt8(levels), 0x2E]
    }

    /// A line of that many digits or letters.
    private static func line(_ opcode: String, _ text: String, count: Int = 100_000, _ end: String = "") -> [UInt8] {
        Array((opcode + String(repeating: text, count: count / text.utf8.count) + end + "\n.").utf8)
    }

    static let bombs: [Bomb] = [
        // Billion laughs: what would be 2^100 values when it was written out.
        Bomb("lists that hold each other twice") { doubling(before: "5d 28", after: "65") },
        Bomb("tuples that hold each other twice") { doubling(before: "", after: "86") },
        Bomb("dicts that hold each other twice") { doubling(before: "7d 28", after: "75") },
        Bomb("sets that hold each other twice") { doubling(before: "8f 28", after: "90") },
        Bomb("frozensets that hold each other twice") { doubling(before: "28", after: "91") },
        Bomb("calls that take each other twice") { doubling(before: "63 6d0a430a", after: "86 52") },
        Bomb("objects that hold each other twice") { doubling(before: "63 6d0a430a", after: "86 81") },
        Bomb("the same, put into a dict") {
            let laughs = doubling(before: "", after: "86", levels: 40).dropLast()
            return [0x7D, 0x4B, 1] + laughs + [0x73, 0x2E]
        },
        // A million bytes that stand in a hundred thousand places.
        Bomb("a text that stands everywhere", .tooMuch(.bytes)) {
            [0x5D, 0x28, 0x58, 0x40, 0x42, 0x0F, 0] + [UInt8](repeating: 0x61, count: 1_000_000)
                + many("71 00", "6800", "65")
        },
        Bomb("one list in many dicts", handedOver: .tooMuch(.copies)) {
            many("7d 4e 28 5d 7100 28", "4e", "65 74 73 28").dropLast() + many("", "4b01 7d 4b02 6800 73", "75")
        },
        // A cycle through a tuple has the tuple written again within each list that leads back to it.
        Bomb("a tuple in two hundred of its own lists, and much beside them", .tooMuch(.copies)) {
            var bytes: [UInt8] = [0x28] + [UInt8](repeating: 0x4E, count: 100_000)
            for list in 0..<200 { bytes += [0x5D, 0x71, UInt8(list)] }
            bytes += [0x74, 0x71, 0xFF]
            for list in 0..<200 { bytes += [0x68, UInt8(list), 0x68, 0xFF, 0x61, 0x30] }
            return bytes + [0x2E]
        },

        // A great many of one thing.
        Bomb("items, one at a time") { many("5d", "4e61", "", count: 40_000) },
        Bomb("items of an object, one at a time") { many("636d0a430a 29 81", "4e61", "", count: 40_000) },
        Bomb("entries, one at a time") { many("7d", "4b014e73", "", count: 40_000) },
        Bomb("entries of an object, one at a time") { many("636d0a430a 29 81", "4b014e73", "", count: 40_000) },
        Bomb("entries of a dict that is fetched again") { many("7d 7100 30 6800", "4b014e73", "6800 86") },
        Bomb("members, one at a time") { many("8f", "28 4b01 90", "", count: 40_000) },
        Bomb("members of an object, one at a time") { many("636d0a430a 29 81", "28 4b01 90", "", count: 40_000) },
        Bomb("states of one object", .tooMuch(.depth)) { many("636d0a430a 29 81", "4e62", "") },
        Bomb("items and entries of one object in turn", .tooMuch(.depth)) {
            many("636d0a430a 29 81", "4e61 4b014e73", "")
        },
        Bomb("calls that are dropped, each after another", .tooMuch(.depth)) { many("4e", "636d0a430a 29 52 30", "") },
        Bomb("calls that are dropped before there is anything") { many("", "636d0a430a 29 52 30", "4e") },
        Bomb("copies of the value on top") { many("28 5d", "32", "74") },
        Bomb("marks that are taken away") { many("4e", "28 30", "") },
        Bomb("marks that stay", .error) { many("4e", "28", "") },
        Bomb("values that are dropped to a mark") { many("4e", "28 4e4e4e 31", "") },
        Bomb("values that stay below the last") { many("", "29", "") },
        Bomb("one memo entry put again and again") { many("5d", "7107", "6807 86") },
        Bomb("memo entries at numbers far apart", .tooMuch(.memo)) {
            var bytes: [UInt8] = [0x5D]
            for number in 0..<UInt32(count) {
                bytes.append(0x72)
                withUnsafeBytes(of: (number &* 2_654_435_761 | 1).littleEndian) { bytes += $0 }
            }
            return bytes + [0x2E]
        },
        Bomb("MEMOIZE") { many("5d", "94", "6805 86") },
        Bomb("fetches") { many("5d 7100 28 28", "6800", "74 31") },
        Bomb("headers and frames") { many("", "8005 95 0000000000000000", "4e") },
        Bomb("class names") { many("28", "636d0a430a", "74") },
        Bomb("old class names") { many("28", "63 5f5f6275696c74696e5f5f0a7365740a", "74") },
        Bomb("persistent ids") { many("28", "50 610a", "74") },

        // Long texts and numbers.
        Bomb("a million digits", .tooMuch(.digits)) { line("L", "7", count: 1_000_000, "L") },
        Bomb("a million digits without an L", .tooMuch(.digits)) { line("I", "7", count: 1_000_000) },
        Bomb("a float of a million digits", .error) { line("F", "7", count: 1_000_000) },
        Bomb("numbers of as many digits as are allowed") {
            [0x28] + (0..<10).flatMap { _ in line("L", "7", count: 20_000, "L").dropLast() } + [0x74, 0x2E]
        },
        Bomb("an integer of a million bytes") {
            [0x8B, 0x40, 0x42, 0x0F, 0] + [UInt8](repeating: 0x7F, count: 1_000_000) + [0x2E]
        },
        Bomb("an integer of a million bytes that only say its sign") {
            [0x8B, 0x40, 0x42, 0x0F, 0] + [UInt8](repeating: 0xFF, count: 1_000_000) + [0x2E]
        },
        Bomb("a text of nothing but escapes") { line("V", "\\u00e9") },
        Bomb("a text of nothing but backslashes") { line("V", "\\") },
        Bomb("a text of Python 2 of nothing but escapes") { line("S'", "\\x41", "'") },
        Bomb("a text of nothing but surrogates") {
            [0x58, 0xC0, 0x27, 0x09, 0] + (0..<200_000).flatMap { _ in [0xED, 0xA0, 0x80] as [UInt8] } + [0x2E]
        },
        Bomb("a line that does not end", .error) { line("V", "a").dropLast(2) },
        Bomb("spaces around a number", .error) { line("I", " ") },
        Bomb("a memo number of a million digits", .error) { [0x4E] + line("p", "0", count: 1_000_000) },
        Bomb("the name of a class without an end", .error) { line("c", "m").dropLast() },
        Bomb("frozensets around two long texts") {
            let texts: [UInt8] = (0..<2).flatMap { number -> [UInt8] in
                [0x58, 0xA0, 0x86, 0x01, 0] + [UInt8](repeating: 0x61 + UInt8(number), count: 100_000)
            }
            return [UInt8](repeating: 0x28, count: 400) + texts + (0..<400).flatMap { _ in [0x4E, 0x91] as [UInt8] } + [
                0x2E
            ]
        },
    ]

    private static func ending(of error: PickleError) -> Ending {
        if case .limitExceeded(let kind, _) = error.reason { .tooMuch(kind) } else { .error }
    }

    /// Small limits for what a small pickle can reach only with them.
    private static let limits = PickleLimits(bytes: 1 << 24, memo: 1 << 13, copies: 1 << 18)

    /// The seconds that a byte of an ordinary pickle takes on this machine, as it is right now: numbers, one at a time.
    private static func secondsOfAByte() throws -> Double {
        let bytes = many("5d 28", "4b01", "65", count: 20_000)
        return try Cost.of { try roundTrip(bytes) }.seconds / Double(bytes.count)
    }

    private static func roundTrip(_ bytes: [UInt8]) throws(PickleError) {
        let value = try PickleValue(pickled: bytes, limits: limits)
        let written = value.pickled()
        #expect(written.count <= bytes.count * 3 + 100)
        #expect(value.canonicalBytes.count <= max(1 << 22, bytes.count * 2))
        #expect(try PickleValue(pickled: written, limits: limits) == value)
    }

    /// Has every list and dict handed over.
    private struct TakesAll: PickleVisitor {
        var longestPath: Int { 4 }
        var count = 0
        mutating func takes(_ container: PickleContainer) -> Bool { true }
        mutating func take(entries: [PickleEntry], of container: PickleContainer) { count += entries.count }
        mutating func take(items: [PickleValue], of container: PickleContainer) { count += items.count }
    }

    @Test(arguments: bombs)
    func `a pickle costs in proportion to its size, read whole or handed over`(_ bomb: Bomb) throws {
        let bytes = bomb.pickle()
        var ending = Ending.value
        let whole = try Cost.of {
            do throws(PickleError) {
                try Self.roundTrip(bytes)
            } catch {
                ending = Self.ending(of: error)
            }
        }
        #expect(ending == bomb.ending)
        // A processor may be slow: it is measured by what an ordinary pickle takes of it.
        let most = try Self.secondsOfAByte() * Double(250_000 + 6 * bytes.count)
        #expect(whole.seconds < most, "\(whole), \(most)")
        #expect(whole.bytes < (48 << 20) + bytes.count * 512, "\(whole)")

        ending = .value
        let handedOver = try Cost.of {
            var visitor = TakesAll()
            var reader = PickleReader(bytes, limits: Self.limits)
            do throws(PickleError) { _ = try reader.read(&visitor) } catch { ending = Self.ending(of: error) }
        }
        #expect(ending == bomb.handedOver)
        #expect(handedOver.seconds < most, "\(handedOver), \(most)")
        #expect(handedOver.bytes < (48 << 20) + bytes.count * 512, "\(handedOver)")
    }
}
