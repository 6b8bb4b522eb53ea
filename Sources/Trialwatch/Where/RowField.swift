internal import Trials

/// What a name in `--where`, `--sort` and `--columns` stands for.
enum RowField: Hashable, Sendable {
    case trial, state, success, result, seed, duration, started, finished, description, tags, problems
    /// A parameter by its dotted name.
    case parameter(String)
    /// The last value of a metric.
    case metric(String)
    /// A parameter of that name, else a metric of that name.
    case either(String)

    private static let words: [String: RowField] = [
        "trial": .trial, "state": .state, "success": .success, "result": .result, "seed": .seed,
        "duration": .duration, "started": .started, "finished": .finished, "description": .description,
        "tags": .tags, "problems": .problems,
    ]

    /// The words that name the same thing for each trial, whatever its parameters are called.
    static var fixedNames: [String] { words.keys.sorted() }

    /// The field that a name stands for: `parameters.seed` is a parameter even where a fixed word is called the same.
    init(_ name: String) {
        if let field = Self.words[name] {
            self = field
        } else if name.hasPrefix("parameters."), name.utf8.count > 11 {
            self = .parameter(String(name.dropFirst(11)))
        } else if name.hasPrefix("metrics."), name.utf8.count > 8 {
            self = .metric(String(name.dropFirst(8)))
        } else {
            self = .either(name)
        }
    }

    /// The name as it is written; a name that is given by the user's parameters and metrics has its group only where needed.
    var name: String {
        switch self {
        case .parameter(let name): Self.words[name] == nil ? name : "parameters." + name
        case .metric(let name): Self.words[name] == nil ? name : "metrics." + name
        case .either(let name): name
        default: Self.words.first { $0.value == self }?.key ?? ""
        }
    }

    /// What the trial has there; nil when it has nothing.
    func value(in row: History.Row) -> Operand? {
        switch self {
        case .trial: .value(.integer(row.reference.number))
        case .state: .value(.text(row.state.rawValue))
        case .success: row.state == .running ? nil : .value(.bool(row.state == .succeeded))
        case .result: row.result.map(Operand.value)
        case .seed: row.seed.map { .value(.integer($0)) }
        case .duration: row.processTime.map { .value(.float(Double($0.wholeNanoseconds) / 1e9)) }
        case .started: row.started.map(Operand.moment)
        case .finished: row.finished.map(Operand.moment)
        case .description: row.description.map { .value(.text($0)) }
        case .tags: .value(.list(row.tags.map(Value.text)))
        case .problems: .value(.integer(row.problems))
        case .parameter(let name): row.parameters[name].map(Operand.value)
        case .metric(let name): row.metrics[name].map(Operand.value)
        case .either(let name): (row.parameters[name] ?? row.metrics[name]).map(Operand.value)
        }
    }
}
