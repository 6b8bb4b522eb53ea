internal import Pickle

/// The dictionaries and lists of daskperiment's pickle that hold its trials.
enum PythonPlace: Equatable {
    /// Parameters, by trial.
    case parameters
    /// Rows of the history, by trial.
    case results
    /// Output hashes, by step and input hash.
    case hashes
    /// Series of one metric, by trial.
    case metric(String)
    /// Points of one series.
    case series(String, trial: Int)

    /// The longest path of one.
    static let longestPath = 5

    /// Nil for any other container.
    init?(_ container: PickleContainer) {
        switch (container.kind, container.path) {
        case (.dictionary, ["trials", "_parameters_history"]): self = .parameters
        case (.dictionary, ["trials", "_result_history"]): self = .results
        case (.dictionary, ["trials", "_hashes"]): self = .hashes
        default:
            guard container.path.starts(with: ["metrics", "metrics"]), container.path.count >= 4,
                container.path[3] == "values", case .string(let key) = container.path[2]
            else { return nil }
            switch (container.kind, container.path.count) {
            case (.dictionary, 4): self = .metric(key)
            case (.list, 5):
                guard case .int(let trial) = container.path[4] else { return nil }
                self = .series(key, trial: trial)
            default: return nil
            }
        }
    }
}
