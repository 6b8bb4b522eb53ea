import Pickle
import Testing

/// What is handed over while a pickle is read.
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

    @Test func `entries come wherever in the pickle they are put in, with the path of their container`() throws {
        let bytes = Collector.program(trials: 3, points: 2)
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
}

extension PickleValue {
    /// The state that the object was given.
    var state: PickleValue? {
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
