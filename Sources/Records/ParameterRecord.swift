public import Pickle
public import Trials

/// The parameters of a trial as daskperiment keeps them: one `dict` from name to value.
public struct ParameterRecord: Equatable, Sendable {
    /// Columns of daskperiment's history table: a parameter of such a name makes the whole table unreadable.
    public static let reservedNames: Set<String> = [
        "Result", "Result Type", "Success", "Finished", "Process Time", "Description", "Seed",
    ]

    /// The `dict`.
    public let pickle: PickleValue
    /// What had to be changed or cannot be shown, each as a sentence for the user.
    public let problems: [String]

    /// The record of these parameters; nested ones stay nested.
    ///
    /// A reserved name is kept with `_` after it.
    public init(_ parameters: Fields) {
        var names = Set(parameters.map(\.name))
        var entries: [PickleEntry] = []
        var problems: [String] = []
        for parameter in parameters {
            var name = parameter.name
            if Self.reservedNames.contains(name) {
                repeat { name += "_" } while names.contains(name)
                names.insert(name)
                problems.append(
                    "parameter \(parameter.name) is filed as \(name): daskperiment's history has a column of its own by that name"
                )
            }
            if parameter.value.exceedsDashboard {
                problems.append(
                    "parameter \(parameter.name) exceeds 64 bits: daskperiment reads it, but its dashboard cannot show the history"
                )
            }
            entries.append(PickleEntry(.string(name), PickleValue(parameter.value)))
        }
        pickle = .dictionary(entries)
        self.problems = problems
    }
}

extension ParameterRecord {
    /// The parameters of a `dict` that a Python process wrote.
    public static func fields(_ record: PickleValue) -> Fields {
        guard case .mapping(let fields) = Value(record) else { return Fields() }
        return fields
    }
}
