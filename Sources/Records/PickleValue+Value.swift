public import Pickle
public import Trials

extension PickleValue {
    /// A value as the Python object of the same kind.
    public init(_ value: Trials.Value) {
        switch value {
        case .null: self = .none
        case .bool(let flag): self = .bool(flag)
        case .integer(let integer): self.init(integer)
        case .float(let number): self = .float(number)
        case .text(let text): self = .string(text)
        case .list(let items): self = .list(items.map { PickleValue($0) })
        case .mapping(let fields): self.init(fields)
        }
    }

    /// Values by name as a `dict` in their order.
    public init(_ fields: Fields) {
        self = .dictionary(fields.map { PickleEntry(.string($0.name), PickleValue($0.value)) })
    }

    /// A whole number as an `int`.
    public init(_ integer: Integer) {
        if let machine = integer.machine {
            self = .int(machine)
        } else {
            // An Integer is a decimal number by its own making, so the text is never refused.
            self = .integer(decimal: integer.description) ?? .string(integer.description)
        }
    }
}

extension Value {
    /// Whether this is, or holds, a whole number that 64 bits do not hold: daskperiment's dashboard cannot show one.
    var exceedsDashboard: Bool {
        switch self {
        case .integer(let integer): integer.machine == nil
        case .list(let items): items.contains { $0.exceedsDashboard }
        case .mapping(let fields): fields.contains { $0.value.exceedsDashboard }
        default: false
        }
    }
}
