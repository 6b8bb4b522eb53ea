internal import Trials

/// What is wrong with `--where`, and where.
struct ConditionError: Error, Hashable {
    /// What is wrong.
    let reason: String
    /// The character at which it was found, from 1.
    let column: Int

    init(_ reason: String, _ column: Int) {
        self.reason = reason
        self.column = column
    }
}

extension Condition {
    /// Reads `--where`; `not` binds closest, then `and`, then `or`.
    init(parsing text: String) throws(ConditionError) {
        var parser = try ConditionParser(text)
        self = try parser.parse()
    }
}

private struct ConditionParser {
    /// Parentheses and `not` within one another.
    private static let deepest = 100

    private var lexer: ConditionLexer
    private var token: ConditionToken
    private var column: Int

    init(_ text: String) throws(ConditionError) {
        lexer = ConditionLexer(text)
        (token, column) = try lexer.next()
    }

    mutating func parse() throws(ConditionError) -> Condition {
        let condition = try alternatives(depth: 0)
        guard token == .end else {
            throw ConditionError("expected 'and', 'or' or the end, found \(token.shown)", column)
        }
        return condition
    }

    private mutating func advance() throws(ConditionError) {
        (token, column) = try lexer.next()
    }

    private mutating func alternatives(depth: Int) throws(ConditionError) -> Condition {
        var conditions = [try conjunction(depth: depth)]
        while token == .or {
            try advance()
            conditions.append(try conjunction(depth: depth))
        }
        return conditions.count == 1 ? conditions[0] : .any(conditions)
    }

    private mutating func conjunction(depth: Int) throws(ConditionError) -> Condition {
        var conditions = [try negation(depth: depth)]
        while token == .and {
            try advance()
            conditions.append(try negation(depth: depth))
        }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    private mutating func negation(depth: Int) throws(ConditionError) -> Condition {
        guard depth < Self.deepest else { throw ConditionError("nested more than \(Self.deepest) deep", column) }
        if token == .not {
            try advance()
            return .not(try negation(depth: depth + 1))
        }
        if token == .open {
            try advance()
            let condition = try alternatives(depth: depth + 1)
            guard token == .close else { throw ConditionError("expected ')', found \(token.shown)", column) }
            try advance()
            return condition
        }
        return try comparison()
    }

    private mutating func comparison() throws(ConditionError) -> Condition {
        let left = try term()
        if token == .not {
            try advance()
            guard token == .comparator(.contained) else {
                throw ConditionError("expected 'in', found \(token.shown)", column)
            }
            try advance()
            return .not(.comparison(left, .contained, try term()))
        }
        guard case .comparator(let comparator) = token else { return .holds(left) }
        try advance()
        let right = try term()
        if case .comparator = token {
            throw ConditionError("comparisons cannot be chained: write 'a < b and b < c'", column)
        }
        return .comparison(left, comparator, right)
    }

    private mutating func term() throws(ConditionError) -> Condition.Term {
        let term: Condition.Term
        switch token {
        case .name(let name): term = .field(RowField(name))
        case .literal(let value): term = .literal(value)
        default: throw ConditionError("expected a name, a number or a quoted text, found \(token.shown)", column)
        }
        try advance()
        return term
    }
}
