internal import Pickle
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Trials of a pickle on their way into the journal, put by on the disk: the pickle has each in pieces, all series
/// before all parameters before all results.
struct PutByTrials: PickleVisitor {
    /// Which piece of a trial.
    enum Piece: Hashable {
        case parameters
        case result
        case series(String)
    }

    private struct Place: Hashable {
        var number: Int
        var piece: Piece
    }

    /// Where a stretch of instructions is, and the stretch of the same piece before it.
    private struct Stretch {
        var offset: Int64
        var length: Int
        var previous: Int
    }

    var longestPath: Int { PythonPlace.longestPath }
    private let wanted: Set<Int>
    private let file: SharedDescriptor
    private var stretches: [Stretch] = []
    private var last: [Place: Int] = [:]
    private var metrics: [Int: [String]] = [:]
    private var buffer: [UInt8] = []
    private var written: Int64 = 0

    /// Puts by the trials with the `wanted` numbers, in a file of its own at `path`.
    init(_ wanted: Set<Int>, at path: FilePath) throws(SystemCallError) {
        self.wanted = wanted
        file = SharedDescriptor(
            try OwnedDescriptor(opening: path, .readWrite, options: [.create, .truncate, .noFollow]))
        // Nobody needs it by its name.
        try FileSystem.remove(path)
    }

    mutating func takes(_ container: PickleContainer) -> Bool { PythonPlace(container) != nil }

    mutating func take(entries: [PickleEntry], of container: PickleContainer) throws {
        let piece: Piece
        switch PythonPlace(container) {
        case .parameters: piece = .parameters
        case .results: piece = .result
        default: return
        }
        for entry in entries {
            guard case .int(let number) = entry.key, wanted.contains(number) else { continue }
            let place = Place(number: number, piece: piece)
            // A later entry takes the place of an earlier one.
            last[place] = nil
            try put(entry.value, place)
        }
    }

    mutating func take(items: [PickleValue], of container: PickleContainer) throws {
        guard case .series(let key, let number) = PythonPlace(container), wanted.contains(number) else { return }
        let place = Place(number: number, piece: .series(key))
        if last[place] == nil { metrics[number, default: []].append(key) }
        try put(.list(items), place)
    }

    private mutating func put(_ value: PickleValue, _ place: Place) throws {
        let bytes = value.pickled()
        stretches.append(
            Stretch(offset: written + Int64(buffer.count), length: bytes.count, previous: last[place] ?? -1))
        last[place] = stretches.count - 1
        buffer += bytes
        if buffer.count > 1 << 20 { try flush() }
    }

    private mutating func flush() throws {
        try file.descriptor.write(buffer, at: written)
        written += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }

    /// A trial's pieces together; without parameters where the pickle has none of it.
    mutating func trial(_ number: Int) throws -> PythonTrial {
        var trial = PythonTrial(number: number, parameters: try values(number, .parameters).last ?? .dictionary([]))
        trial.result = try values(number, .result).last
        for key in metrics[number] ?? [] {
            var points: [PickleValue] = []
            for case .list(let items) in try values(number, .series(key)) { points += items }
            trial.series.append(PythonTrial.Series(key: key, records: points))
        }
        return trial
    }

    private mutating func values(_ number: Int, _ piece: Piece) throws -> [PickleValue] {
        if !buffer.isEmpty { try flush() }
        var values: [PickleValue] = []
        var place = last[Place(number: number, piece: piece)] ?? -1
        while place >= 0 {
            let stretch = stretches[place]
            values.append(try PickleValue(pickled: file.descriptor.read(stretch.length, at: stretch.offset)))
            place = stretch.previous
        }
        return values.reversed()
    }
}

/// One open file for values that are copied.
private final class SharedDescriptor {
    let descriptor: OwnedDescriptor
    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
}
