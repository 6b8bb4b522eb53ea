/// A whole number of any size, as Python has them.
public struct Integer: Hashable, Sendable, CustomStringConvertible {
    private enum Storage: Hashable, Sendable {
        case machine(Int)
        /// Decimal digits without leading zeros, with `-` before them when negative; beyond 64 bits only.
        case large(String)
    }

    private let storage: Storage

    /// A machine integer.
    public init(_ value: Int) { storage = .machine(value) }

    /// A decimal number with an optional sign; nil for any other text.
    public init?(_ decimal: String) {
        if let value = Int(decimal) {
            storage = .machine(value)
            return
        }
        let isNegative = decimal.hasPrefix("-")
        let digits = decimal.drop { $0 == "-" || $0 == "+" }
        guard decimal.utf8.count - digits.utf8.count <= 1, !digits.isEmpty,
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        let significant = digits.drop { $0 == "0" }
        if let value = Int((isNegative ? "-" : "") + (significant.isEmpty ? "0" : significant)) {
            storage = .machine(value)
        } else {
            storage = .large((isNegative ? "-" : "") + significant)
        }
    }

    /// The number when 64 bits hold it.
    public var machine: Int? {
        if case .machine(let value) = storage { value } else { nil }
    }

    /// The nearest float; infinite beyond its range.
    public var double: Double {
        switch storage {
        case .machine(let value): Double(value)
        case .large(let digits): Double(digits) ?? .infinity
        }
    }

    /// Decimal digits.
    public var description: String {
        switch storage {
        case .machine(let value): String(value)
        case .large(let digits): digits
        }
    }
}
