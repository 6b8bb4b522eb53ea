internal import Trials

/// What `--where` says of a trial: `lr < 0.1 and (success or 'kept' in tags)`.
///
/// A comparison with something that a trial does not have is false, `!=` too; `lr = null` finds the trials without it.
indirect enum Condition: Hashable, Sendable {
    case all([Condition])
    case any([Condition])
    case not(Condition)
    case holds(Term)
    case comparison(Term, Comparator, Term)

    /// One side of a comparison.
    enum Term: Hashable, Sendable {
        case field(RowField)
        case literal(Value)
    }

    /// How two sides are compared.
    enum Comparator: String, Hashable, Sendable {
        case equal = "="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        /// A text in a text, a value in a list.
        case contained = "in"
    }

    /// Whether it is true of a trial; times without an offset are read with `localOffset`.
    func isTrue(of row: History.Row, localOffset: (Int) -> Int = { _ in 0 }) -> Bool {
        switch self {
        case .all(let conditions):
            conditions.allSatisfy { $0.isTrue(of: row, localOffset: localOffset) }
        case .any(let conditions):
            conditions.contains { $0.isTrue(of: row, localOffset: localOffset) }
        case .not(let inner):
            !inner.isTrue(of: row, localOffset: localOffset)
        case .holds(let term):
            term.operand(in: row)?.isTrue ?? false
        case .comparison(let left, let comparator, let right):
            Self.compare(left, comparator, right, row, localOffset)
        }
    }

    /// The fields that it asks for.
    var fields: Set<RowField> {
        switch self {
        case .all(let conditions), .any(let conditions):
            conditions.reduce(into: []) { $0.formUnion($1.fields) }
        case .not(let inner): inner.fields
        case .holds(let term): term.fields
        case .comparison(let left, _, let right): left.fields.union(right.fields)
        }
    }

    private static func compare(
        _ left: Term, _ comparator: Comparator, _ right: Term, _ row: History.Row, _ localOffset: (Int) -> Int
    ) -> Bool {
        let (first, second) = (left.operand(in: row), right.operand(in: row))
        if left.isNull || right.isNull {
            let isAbsent = (first ?? .value(.null)) == (second ?? .value(.null))
            return comparator == .equal ? isAbsent : comparator == .unequal && !isAbsent
        }
        guard let first, let second else { return false }
        if comparator == .contained { return contains(second, first) }
        let order = first.compared(to: second, localOffset: localOffset)
        return switch comparator {
        case .equal: order == .equal
        case .unequal: order != .equal
        case .less: order == .less
        case .lessOrEqual: order == .less || order == .equal
        case .greater: order == .greater
        case .greaterOrEqual: order == .greater || order == .equal
        case .contained: false
        }
    }

    private static func contains(_ whole: Operand, _ part: Operand) -> Bool {
        switch (whole, part) {
        case (.value(.text(let text)), .value(.text(let piece))): text.contains(piece)
        case (.value(.list(let list)), .value(let value)): list.contains { $0.compared(to: value) == .equal }
        case (.value(.mapping(let fields)), .value(.text(let name))): fields[name] != nil
        default: false
        }
    }
}

extension Condition.Term {
    fileprivate func operand(in row: History.Row) -> Operand? {
        switch self {
        case .field(let field): field.value(in: row)
        case .literal(let value): .value(value)
        }
    }

    fileprivate var isNull: Bool { self == .literal(.null) }

    fileprivate var fields: Set<RowField> {
        if case .field(let field) = self { [field] } else { [] }
    }
}
