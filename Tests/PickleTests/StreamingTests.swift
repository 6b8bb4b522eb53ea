import BackendTesting
import Pickle
import Testing

/// Takes what is at some paths.
private struct Collector: PickleVisitor {
    var wanted: (PickleContainer) -> Bool
    var longestPath = 5
    var asked: [[PickleValue]] = []
    var taken: [(path: [PickleValue], value: PickleValue)] = []
    var largest = 0

    init(_ wanted: @escaping (PickleContainer) -> Bool) { self.wanted = wanted }

    mutating func takes(_ container: PickleContainer) -> Bool {
        asked.append(container.path)
        return wanted(container)
    }

    mutating func take(entries: [PickleEntry], of container: PickleContainer) {
        largest = max(largest, entries.count)
        taken += entries.map { (container.path + [$0.key], $0.value) }
    }

    mutating func take(items: [PickleValue], of container: PickleContainer) {
        largest = max(largest, items.count)
        taken += items.map { (container.path, $0) }
    }
}

@Suite struct StreamingTests {
    private static let loss: [PickleValue] = ["metrics", "metrics", "loss", "values", 7]

    @Test func `the containers of a record that Python wrote are asked about by their paths`() throws {
        let record = try #require(Golden.record("golden.pkl"))
        var collector = Collector { container in
            container.path.count == 2 && container.path[0] == "trials" && container.kind == .dictionary
                || container.path.count == 5 && container.path[3] == "values" && container.kind == .list
        }
        var reader = PickleReader(record.pickle)
        let root = try reader.read(&collector)
        #expect(reader.end == record.pickle.count)
        #expect(collector.asked.contains([]))
        #expect(collector.asked.contains(["trials", "_parameters_history"]))
        #expect(collector.asked.contains(["trials", "_parameters_history", 3]))
        #expect(collector.asked.contains(["trials", "_parameters_history", 1, "layers"]))
        #expect(collector.asked.contains(Self.loss))

        // The same as reading it whole, container by container.
        let whole = try PickleValue(pickled: record.pickle).expanded
        for name in ["_parameters_history", "_result_history", "_hashes"] {
            let kept = try #require(whole.state?["trials"]?.state?[name])
            guard case .dictionary(let entries) = kept else {
                Issue.record("\(name): \(kept)")
                continue
            }
            let taken = collector.taken.filter { Array($0.path.prefix(2)) == ["trials", .string(name)] }
            #expect(taken.map { $0.path.last } == entries.map(\.key))
            #expect(taken.map { $0.value.canonical } == entries.map { $0.value.canonical })
            #expect(!taken.isEmpty)
        }
        let points = collector.taken.filter { $0.path == Self.loss }.map(\.value)
        guard case .dictionary(let series)? = whole.state?["metrics"]?.state?["metrics"]?["loss"]?.state?["values"],
            case .list(let expected)? = series.first(where: { $0.key == 7 })?.value
        else {
            Issue.record("no series")
            return
        }
        #expect(points.map(\.canonical) == expected.map(\.canonical))

        // What is left has them empty, and is written and read like any other.
        let skeleton = root.expanded
        #expect(skeleton.state?["trials"]?.state?["_parameters_history"] == [:])
        #expect(skeleton.state?["metrics"]?.state?["metrics"]?["loss"]?.state?["values"]?[7] == [])
        #expect(skeleton.state?["trials"]?.state?["_trial_id"] == 13)
        #expect(try PickleValue(pickled: root.pickled()) == root)
    }

    /// A pickle as our own store makes it: dictionaries that are gone on with later, and comments.
    private static func program(trials: Int, points: Int) -> [UInt8] {
        let (backend, parameters, values) = (
            PickleLabel(rawValue: 0), PickleLabel(rawValue: 2), PickleLabel(rawValue: 300)
        )
        var writer = PickleWriter()
        writer.openObject(module: "m", name: "Backend", labelled: backend)
        writer.openDictionary()
        writer.write("metrics")
        writer.openDictionary(labelled: values)
        writer.close()
        writer.write("trials")
        writer.openObject(module: "m", name: "Trials")
        writer.openDictionary()
        writer.write("backend")
        writer.write(.reference(backend))
        writer.write("history")
        writer.openDictionary(labelled: parameters)
        writer.close()
        for _ in 0..<4 { writer.close() }
        for number in 1...trials {
            writer.reopenDictionary(parameters)
            writer.write(.int(number))
            writer.write(["lr": .float(Double(number)), "layers": [1, [2]]])
            writer.close()
            writer.reopenDictionary(values)
            writer.write(.int(number))
            writer.openList()
            for point in 0..<points {
                writer.write(["Epoch": .int(point), "Timestamp": .timestamp("2019-02-12T19:33:20")])
            }
            writer.close()
            writer.close()
            writer.comment("trial \(number)")
        }
        writer.finish()
        return writer.bytes
    }

    @Test func `entries come wherever in the pickle they are put in, with the path of their container`() throws {
        let bytes = Self.program(trials: 3, points: 2)
        var collector = Collector {
            $0.path == ["trials", "history"] || $0.path == ["metrics"]
                || $0.path.first == "metrics" && $0.path.count == 2
        }
        var reader = PickleReader(bytes)
        let root = try reader.read(&collector)
        #expect(
            collector.taken.map(\.path) == [
                ["trials", "history", 1], ["metrics", 1], ["metrics", 1], ["metrics", 1],
                ["trials", "history", 2], ["metrics", 2], ["metrics", 2], ["metrics", 2],
                ["trials", "history", 3], ["metrics", 3], ["metrics", 3], ["metrics", 3],
            ])
        // The items of the list first; the entry under which the list stands has it empty.
        #expect(collector.taken.filter { $0.path == ["metrics", 2] }.map(\.value).last == [])
        #expect(root.state?["trials"]?.state?["history"] == [:])
        #expect(collector.asked.contains(["trials", "history", 3, "layers", 1]))
    }

    @Test func `kept whole, such a pickle has each key once, with its last value`() throws {
        let label = PickleLabel(rawValue: 0)
        var writer = PickleWriter()
        writer.openDictionary(labelled: label)
        writer.close()
        for (key, value) in [(1, 1), (2, 2), (1, 3)] {
            writer.reopenDictionary(label)
            writer.write(.int(key))
            writer.write(.int(value))
            writer.close()
        }
        writer.finish()
        #expect(try PickleValue(pickled: writer.bytes) == [1: 3, 2: 2])
    }

    @Test(
        arguments: [
            ("one entry", "7d 5801000000 61 5d 73", [["a"]]),
            ("one entry in one entry", "7d 4b01 7d 4b02 5d 73 73", [[1], [1, 2]]),
            ("an empty dict, and a list beside it", "7d 28 4b01 7d 4b02 5d 75", [[1], [2]]),
            ("the same with a tuple for a key", "7d 28 4b01 7d 28 4b02 74 5d 75", [[1]]),
            ("a list in a tuple beside a dict", "5d 28 7d 28 4b02 5d 74 65", [[0]]),
            ("lists in lists", "5d 28 5d 5d 4b01 61 65", [[0], [1]]),
            ("an object's state", "636d0a430a 2981 7d 4b01 5d 73 62", [[1]]),
            ("text forms of protocol 0", "28 64 70300a 56610a 28 6c 70310a 49310a 61 73", [["a"]]),
        ] as [(String, String, [[PickleValue]])])
    func `a container's path is where it goes, not where it seems to`(
        _ name: String, _ hex: String, _ expected: [[PickleValue]]
    ) throws {
        var collector = Collector { _ in false }
        var reader = PickleReader([UInt8](hex: hex + "2e"))
        _ = try reader.read(&collector)
        #expect(collector.asked.first == [])
        #expect(Array(collector.asked.dropFirst()) == expected)
    }

    @Test func `what a value shares with others is copied into it, and its own cycle stays`() throws {
        // A list that both entries hold, and in the second one a list that holds itself.
        let hex = """
            7d 7100 28 58 05000000 7468696e67 5d 7101 4b09 61 4b01 28 6801 6801 74 4b02 5d 7102 28 6802 6801 65 75 2e
            """.replacingNewlines
        var collector = Collector { $0.path == [] }
        var reader = PickleReader([UInt8](hex: hex))
        let root = try reader.read(&collector)
        #expect(root == [:])
        let (first, second) = (PickleLabel(rawValue: 0), PickleLabel(rawValue: 1))
        #expect(
            collector.taken.map(\.value) == [
                [9], .tuple([.labelled(first, [9]), .reference(first)]),
                .labelled(first, [.reference(first), [9]]),
            ])
        _ = second
    }

    @Test func `a pickle is read piece by piece, twice`() throws {
        let bytes = Self.program(trials: 20, points: 1000)
        #expect(bytes.count > 1_000_000)
        var calls = 0
        var most = 0
        var reader = PickleReader(length: bytes.count) { offset, count in
            calls += 1
            most = max(most, count)
            // As a file may, less than was asked for.
            return Array(bytes[offset..<(offset + min(count, 100_000))])
        }
        var collector = Collector { $0.path.first == "metrics" && $0.path.count == 2 }
        let root = try reader.read(&collector)
        #expect(most <= 256 << 10)
        #expect(calls < bytes.count / 100_000 * 3 + 100)
        #expect(collector.taken.count == 20_000)
        #expect(collector.largest == 1000)
        guard case .dictionary(let history)? = root.state?["trials"]?.state?["history"] else {
            Issue.record("\(root)")
            return
        }
        #expect(history.count == 20)
    }

    /// A reader that gets so many bytes at a time.
    private static func reader(_ bytes: [UInt8], by size: Int) -> PickleReader {
        PickleReader(length: bytes.count) { offset, count in Array(bytes[offset..<(offset + min(count, size))]) }
    }

    @Test(arguments: [1, 7, 64])
    func `however a file comes in pieces, what is read and handed over is the same`(_ size: Int) throws {
        for record in Golden.records {
            var whole = Collector { _ in true }
            var pieces = whole
            var reader = PickleReader(record.pickle)
            var byPiece = Self.reader(record.pickle, by: size)
            #expect(try byPiece.read(&pieces) == reader.read(&whole), "\(record)")
            #expect(byPiece.end == reader.end)
            #expect(pieces.asked == whole.asked)
            #expect(pieces.taken.map(\.path) == whole.taken.map(\.path))
            #expect(pieces.taken.map(\.value) == whole.taken.map(\.value))
        }
    }

    @Test func `a key that comes again is handed over again, in order`() throws {
        let hex = "7d 7100 28 4b01 4b0a 4b02 4b14 75 4b01 4b0b 73 30 6800 28 4b01 4b0c 75 2e"
        var collector = Collector { _ in true }
        var reader = PickleReader([UInt8](hex: hex))
        #expect(try reader.read(&collector) == [:])
        #expect(collector.taken.map(\.path) == [[1], [2], [1], [1]])
        #expect(collector.taken.map(\.value) == [10, 20, 11, 12])
        #expect(try PickleValue(pickled: [UInt8](hex: hex)) == [1: 12, 2: 20])
    }

    @Test func `a batch that shares much is handed over in pieces, none of them large`() throws {
        // A thousand entries and items that all hold one list of a thousand.
        var bytes = [UInt8](hex: "28 5d 7100 28")
        for _ in 0..<1000 { bytes += [0x4B, 7] }
        bytes += [UInt8](hex: "65 7d 28")
        for number in 0..<1000 { bytes += [0x4D, UInt8(number & 0xFF), UInt8(number >> 8), 0x68, 0] }
        bytes += [UInt8](hex: "75 5d 28")
        for _ in 0..<1000 { bytes += [0x68, 0] }
        bytes += [UInt8](hex: "65 74 2e")
        // Put where they have paths: [list, dict, list].
        bytes = [0x5D] + bytes.dropLast(2) + [0x65, 0x2E]
        var collector = Collector { $0.path == [1] || $0.path == [2] }
        var reader = PickleReader(bytes)
        let root = try reader.read(&collector)
        #expect(collector.largest > 1 && collector.largest < 100)
        let list = PickleValue.list(Array(repeating: 7, count: 1000))
        #expect(collector.taken.count == 2000)
        #expect(collector.taken.prefix(1000).map(\.path) == (0..<1000).map { [1, .int($0)] })
        #expect(collector.taken.allSatisfy { $0.value == list })
        #expect(root == [list, [:], []])
    }

    private struct Enough: Error {}

    /// Throws at the call of that number.
    private struct Refusing: PickleVisitor {
        var longestPath: Int { 3 }
        var calls: Int
        var seen: [String] = []

        private mutating func count(_ what: String) throws {
            calls -= 1
            if calls < 0 { throw Enough() }
            seen.append(what)
        }

        mutating func takes(_ container: PickleContainer) throws -> Bool {
            try count("asked")
            return true
        }
        mutating func take(entries: [PickleEntry], of container: PickleContainer) throws { try count("entries") }
        mutating func take(items: [PickleValue], of container: PickleContainer) throws { try count("items") }
    }

    @Test func `what the visitor throws, whenever it does, is the reason, and nothing is handed over after it`() throws
    {
        let bytes = Self.program(trials: 2, points: 2)
        var all = Refusing(calls: .max)
        var whole = PickleReader(bytes)
        _ = try whole.read(&all)
        #expect(Set(all.seen) == ["asked", "entries", "items"])
        for calls in all.seen.indices {
            var refusing = Refusing(calls: calls)
            var reader = PickleReader(bytes)
            let error = #expect(throws: PickleError.self) { try reader.read(&refusing) }
            guard case .stopped(let reason)? = error?.reason, reason is Enough else {
                Issue.record("\(calls): \(String(describing: error))")
                return
            }
            #expect(refusing.seen == Array(all.seen[..<calls]))
            #expect(reader.end == 0)
        }
    }

    @Test func `a file that fails at any time is an error that gives its reason`() throws {
        let bytes = Self.program(trials: 6, points: 1000)
        var calls = 0
        var counting = PickleReader(length: bytes.count) { offset, count in
            calls += 1
            return Array(bytes[offset..<(offset + count)])
        }
        let value = try counting.read()
        #expect(calls == 4)
        for failing in 0..<calls {
            var left = failing
            var reader = PickleReader(length: bytes.count) { offset, count in
                left -= 1
                if left < 0 { throw Enough() }
                return Array(bytes[offset..<(offset + count)])
            }
            let error = #expect(throws: PickleError.self) { try reader.read() }
            guard case .unreadable(let cause)? = error?.reason, cause is Enough else {
                Issue.record("\(failing): \(String(describing: error))")
                return
            }
            // It can be read when the file can be again.
            left = .max
            #expect(try reader.read() == value)
        }
    }

    @Test func `a file that became shorter or other while it was read is a value or an error`() throws {
        let bytes = Self.program(trials: 6, points: 1000)
        var random = SeededRandom(7)
        var errors = 0
        for _ in 0..<8 {
            // What is in the second half is another, or no longer there, when it is read the second time.
            let place = Int.random(in: (bytes.count / 2)..<bytes.count, using: &random)
            let isShorter = Bool.random(using: &random)
            var later = bytes
            if isShorter {
                later = Array(bytes[..<place])
            } else {
                for index in place..<min(bytes.count, place + Int.random(in: 1...40, using: &random)) {
                    later[index] = UInt8.random(in: 0...255, using: &random)
                }
            }
            var isSecond = false
            var reader = PickleReader(length: bytes.count) { offset, count in
                let whole = isSecond ? later : bytes
                isSecond = isSecond || offset + count == bytes.count
                return Array(whole[min(offset, whole.count)..<min(offset + count, whole.count)])
            }
            var collector = Collector { _ in true }
            do throws(PickleError) { _ = try reader.read(&collector) } catch {
                errors += 1
                if isShorter, case .truncated(let end) = error.reason { #expect(end == place) }
            }
        }
        #expect(errors > 4)
    }
}

extension PickleValue {
    /// The state that the object was given.
    fileprivate var state: PickleValue? {
        switch self {
        case .labelled(_, let value): value.state
        case .build(_, let state): state
        default: nil
        }
    }

    fileprivate subscript(_ key: Int) -> PickleValue? {
        guard case .dictionary(let entries) = self else { return nil }
        return entries.first { $0.key == .int(key) }?.value
    }
}

extension String {
    fileprivate var replacingNewlines: String { String(filter { $0 != "\n" }) }
}
