internal import Trials

/// Something that can be compared.
enum Operand: Hashable, Sendable {
    case value(Value)
    case moment(Timestamp)

    /// Less than, equal to or greater than another; nil when the two cannot be ordered: a text and a number, or NaN.
    func compared(to other: Operand, localOffset: (Int) -> Int) -> Order? {
        switch (self, other) {
        case (.moment(let left), .moment(let right)):
            return Order(left.nanoseconds, right.nanoseconds)
        case (.moment(let left), .value(.text(let text))):
            guard let right = Timestamp(iso8601: text, localOffset: localOffset) else { return nil }
            return Order(left.nanoseconds, right.nanoseconds)
        case (.value(.text), .moment):
            return other.compared(to: self, localOffset: localOffset)?.reversed
        case (.value(let left), .value(let right)):
            return left.compared(to: right)
        default:
            return nil
        }
    }

    /// What it says where a yes or no is wanted: false for nothing, zero, no text and an empty list, as in Python.
    var isTrue: Bool {
        switch self {
        case .moment: true
        case .value(.null): false
        case .value(.bool(let bool)): bool
        case .value(.text(let text)): !text.isEmpty
        case .value(.list(let list)): !list.isEmpty
        case .value(.mapping(let fields)): !fields.isEmpty
        case .value(let number): number.number != 0
        }
    }
}

/// Where one thing stands to another.
enum Order: Sendable {
    case less, equal, greater

    /// Nil for two that have no order, as with NaN.
    init?<Thing: Comparable>(_ left: Thing, _ right: Thing) {
        if left < right {
            self = .less
        } else if left == right {
            self = .equal
        } else if left > right {
            self = .greater
        } else {
            return nil
        }
    }

    /// The order seen from the other side.
    var reversed: Order {
        switch self {
        case .less: .greater
        case .equal: .equal
        case .greater: .less
        }
    }
}

extension Value {
    /// Numbers by size whatever their type, text by code point, truths with false first; nil for two of different kinds.
    func compared(to other: Value) -> Order? {
        switch (self, other) {
        case (.integer(let left), .integer(let right)):
            if left == right { return .equal }
            if let left = left.machine, let right = right.machine { return Order(left, right) }
            // Two different numbers of which one has over 64 bits: their floats may be equal, their texts are not.
            return Order(left.double, right.double).flatMap { $0 == .equal ? nil : $0 }
        case (.text(let left), .text(let right)):
            if left == right { return .equal }
            return left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars) ? .less : .greater
        case (.bool(let left), .bool(let right)):
            return Order(left ? 1 : 0, right ? 1 : 0)
        default:
            if let left = number, let right = other.number { return Order(left, right) }
            return self == other ? .equal : nil
        }
    }
}
