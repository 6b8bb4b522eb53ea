public import Pickle
public import Trials

/// How a trial ended, as a row of daskperiment's history.
public struct HistoryRecord: Equatable, Sendable {
    /// The `dict`, its keys in daskperiment's order.
    public let pickle: PickleValue
    /// What daskperiment cannot show, each as a sentence for the user.
    public let problems: [String]

    /// The row of an end; nil for a trial that was aborted or lost, of which daskperiment keeps none.
    ///
    /// An unknown process time is left out, so that daskperiment shows NaT; an unknown seed is `None`.
    public init?(_ outcome: Outcome, seed: Int?) {
        guard outcome.state == .succeeded || outcome.state == .failed else { return nil }
        let result = outcome.result ?? .null
        let succeeded = outcome.state == .succeeded
        var entries: [PickleEntry] = [
            PickleEntry("Result", PickleValue(result)),
            PickleEntry("Result Type", .string(Self.pythonType(of: result))),
            PickleEntry("Success", .bool(succeeded)),
            PickleEntry("Finished", .timestamp(outcome.finished.local)),
        ]
        if let processTime = outcome.processTime {
            entries.append(PickleEntry("Process Time", .timedelta(nanoseconds: processTime.wholeNanoseconds)))
        }
        entries.append(
            PickleEntry(
                "Description", succeeded ? .float(.nan) : .string(outcome.error?.description ?? "Failed()")))
        entries.append(PickleEntry("Seed", seed.map { .int($0) } ?? .none))
        pickle = .dictionary(entries)
        problems =
            result.exceedsDashboard
            ? ["the result exceeds 64 bits: daskperiment reads it, but its dashboard cannot show the history"] : []
    }

    /// `repr(type(value))`; the text `None` for no result.
    static func pythonType(of value: Value) -> String {
        switch value {
        case .null: "None"
        case .bool: "<class 'bool'>"
        case .integer: "<class 'int'>"
        case .float: "<class 'float'>"
        case .text: "<class 'str'>"
        case .list: "<class 'list'>"
        case .mapping: "<class 'dict'>"
        }
    }
}
