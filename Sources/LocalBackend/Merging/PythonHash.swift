internal import Trials

/// What a step of some Python process gave for an input: `key` is the step's name and the input's hash.
struct PythonHash: Equatable {
    var key: String
    var output: String
}

extension PythonHash {
    /// A step's hash as daskperiment keeps it.
    init(_ hash: StepHash) { self.init(key: "\(hash.step)-\(hash.input)", output: hash.output) }

    /// The first half of the output's hash, never 0.
    var outputInShort: UInt64 { max(1, UInt64(output.prefix(16), radix: 16) ?? 1) }
}
