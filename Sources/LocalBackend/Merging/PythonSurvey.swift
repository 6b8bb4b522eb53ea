internal import Pickle
internal import Trials

/// What a pickle of daskperiment's has, in brief: enough to tell what of it is new.
struct PythonSurvey: PickleVisitor {
    var longestPath: Int { PythonPlace.longestPath }
    /// The numbers that trials may have: each has a place in the index.
    static let numbers = 1...(1 << 24)
    /// By number.
    private(set) var prints: [Int: TrialPrint] = [:]
    /// Step hashes that were not known.
    private(set) var hashes: [PythonHash] = []
    private let isKnown: (PythonHash) throws -> Bool

    /// `isKnown` tells which step hashes need not be kept.
    init(knowing isKnown: @escaping (PythonHash) throws -> Bool) { self.isKnown = isKnown }

    mutating func takes(_ container: PickleContainer) -> Bool { PythonPlace(container) != nil }

    mutating func take(entries: [PickleEntry], of container: PickleContainer) throws {
        let place = PythonPlace(container)
        for entry in entries {
            if [.parameters, .results].contains(place), case .int(let number) = entry.key,
                !Self.numbers.contains(number)
            {
                throw PickleError(offset: 0, .malformed("a trial has the number \(number)"))
            }
            switch (place, entry.key, entry.value) {
            case (.parameters, .int(let number), _):
                prints[number, default: TrialPrint()].parameters = TrialPrint.Half(entry.value)
            case (.results, .int(let number), _):
                prints[number, default: TrialPrint()].result = TrialPrint.Half(entry.value)
            case (.hashes, .string(let key), .string(let output)):
                let hash = PythonHash(key: key, output: output)
                if try !isKnown(hash) { hashes.append(hash) }
            default: break
            }
        }
    }

    mutating func take(items: [PickleValue], of container: PickleContainer) {}
}
