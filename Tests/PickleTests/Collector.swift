import Pickle

/// Takes what is at some paths.
struct Collector: PickleVisitor {
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

extension Collector {
    /// A pickle as our own store makes it: dictionaries that are gone on with later, and comments.
    static func program(trials: Int, points: Int) -> [UInt8] {
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
}
