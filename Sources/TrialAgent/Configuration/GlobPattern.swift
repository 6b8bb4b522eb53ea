/// A pattern for one file name, as fnmatch(3) has it: `*`, `?`, `[a-z]`, `[!a-z]`, `\*`.
///
/// A byte of a name that is no UTF-8 is matched by wildcards only.
public struct GlobPattern: Sendable, Hashable {
    /// The pattern as written.
    public let text: String

    private let tokens: [Token]
    /// What every name begins with that it matches; nil where that may be anything.
    let firstByte: UInt8?

    private enum Token: Sendable, Hashable {
        case scalar(Unicode.Scalar)
        case anyOne
        case anyNumber
        case oneOf([ClosedRange<Unicode.Scalar>], isNegated: Bool)
    }

    /// Throws when a bracket or a backslash is left open, or there is nothing to match.
    public init(_ text: String) throws(GlobError) {
        guard !text.isEmpty else { throw GlobError(message: "an empty pattern matches nothing") }
        var rest = text.unicodeScalars[...]
        var tokens: [Token] = []
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": if tokens.last != .anyNumber { tokens.append(.anyNumber) }
            case "?": tokens.append(.anyOne)
            case "[": tokens.append(try Self.set(&rest))
            case "\\":
                guard let next = rest.popFirst() else {
                    throw GlobError(message: "the backslash at the end has nothing to stand before")
                }
                tokens.append(.scalar(next))
            default: tokens.append(.scalar(scalar))
            }
        }
        self.text = text
        self.tokens = tokens
        firstByte = if case .scalar(let scalar) = tokens.first { UTF8.encode(scalar)?.first } else { nil }
    }

    /// Whether it matches one name only.
    public var isLiteral: Bool { literal != nil }

    /// The only name that it matches; nil when it has wildcards.
    var literal: String? {
        var name = String.UnicodeScalarView()
        for token in tokens {
            guard case .scalar(let scalar) = token else { return nil }
            name.append(scalar)
        }
        return String(name)
    }

    /// Whether it matches a whole name. Takes time in proportion to both lengths multiplied, at worst.
    public func matches(_ name: String) -> Bool {
        let name = name.unicodeScalars
        var place = name.startIndex
        var token = 0
        // Where to go on when the rest does not match: a star takes one scalar more.
        var star: (token: Int, place: String.UnicodeScalarView.Index)?
        while place < name.endIndex {
            if token < tokens.count, tokens[token] == .anyNumber {
                star = (token + 1, place)
                token += 1
            } else if token < tokens.count, matches(tokens[token], name[place]) {
                token += 1
                place = name.index(after: place)
            } else if let (next, taken) = star {
                token = next
                place = name.index(after: taken)
                star = (next, place)
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { $0 == .anyNumber }
    }

    private func matches(_ token: Token, _ scalar: Unicode.Scalar) -> Bool {
        switch token {
        case .scalar(let wanted): wanted == scalar
        case .anyOne: true
        case .anyNumber: false
        case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
        }
    }

    /// Reads a set; `rest` begins behind its opening bracket.
    private static func set(_ rest: inout Substring.UnicodeScalarView) throws(GlobError) -> Token {
        let open = GlobError(message: "the bracket [ has no end; write \\[ for a bracket in the name")
        let isNegated = rest.first == "!" || rest.first == "^"
        if isNegated { rest.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var isFirst = true
        while true {
            guard var lower = rest.popFirst() else { throw open }
            if lower == "]", !isFirst { return .oneOf(ranges, isNegated: isNegated) }
            isFirst = false
            if lower == "\\" {
                guard let escaped = rest.popFirst() else { throw open }
                lower = escaped
            }
            guard rest.first == "-", let upper = rest.dropFirst().first, upper != "]" else {
                ranges.append(lower...lower)
                continue
            }
            guard lower <= upper else { throw GlobError(message: "the range \(lower)-\(upper) is backwards") }
            rest.removeFirst(2)
            ranges.append(lower...upper)
        }
    }
}

/// Why a text is no pattern.
public struct GlobError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with it.
    public let message: String

    /// What is wrong with it.
    public var description: String { message }
}
