internal import Trials

/// A word of `--where`.
enum ConditionToken: Equatable {
    case and, or, not
    case open, close
    case comparator(Condition.Comparator)
    /// A bare or back-quoted name.
    case name(String)
    case literal(Value)
    case end

    /// As it stands in a message.
    var shown: String {
        switch self {
        case .and: "'and'"
        case .or: "'or'"
        case .not: "'not'"
        case .open: "'('"
        case .close: "')'"
        case .comparator(let comparator): "'\(comparator.rawValue)'"
        case .name(let name): "'\(name)'"
        case .literal(let value): value.shown()
        case .end: "the end"
        }
    }
}

/// Takes `--where` apart.
struct ConditionLexer {
    private let characters: [Character]
    private var place = 0

    init(_ text: String) {
        characters = Array(text)
    }

    /// The next word and its column, from 1.
    mutating func next() throws(ConditionError) -> (token: ConditionToken, column: Int) {
        while peek?.isWhitespace == true { place += 1 }
        let column = place + 1
        guard let character = peek else { return (.end, column) }
        let token: ConditionToken =
            switch character {
            case "(": single(.open)
            case ")": single(.close)
            case "'", "\"": .literal(.text(try quoted(character)))
            case "`": .name(try quoted(character))
            case "=", "!", "<", ">", "&", "|": try symbol()
            case let other where other.isASCII && other.isNumber: try number()
            case "-", "+", ".": try number()
            case let other where Self.isName(other): word()
            default: throw ConditionError("unexpected '\(character)'", column)
            }
        return (token, column)
    }

    private var peek: Character? { place < characters.count ? characters[place] : nil }

    private mutating func single(_ token: ConditionToken) -> ConditionToken {
        place += 1
        return token
    }

    private mutating func take(while accepts: (Character) -> Bool) -> String {
        let start = place
        while let character = peek, accepts(character) { place += 1 }
        return String(characters[start..<place])
    }

    private mutating func quoted(_ quote: Character) throws(ConditionError) -> String {
        let start = place
        var text = ""
        place += 1
        while let character = peek {
            place += 1
            if character == quote { return text }
            if character == "\\", let escaped = peek {
                text.append(escaped)
                place += 1
            } else {
                text.append(character)
            }
        }
        throw ConditionError("the quote \(quote) is not closed", start + 1)
    }

    private mutating func symbol() throws(ConditionError) -> ConditionToken {
        let start = place
        let text = take { "=!<>&|".contains($0) }
        if text == "&&" { return .and }
        if text == "||" { return .or }
        if text == "!" { return .not }
        guard let comparator = Condition.Comparator(rawValue: text == "==" ? "=" : text) else {
            throw ConditionError("'\(text)' is no comparison: =, !=, <, <=, >, >=, in", start + 1)
        }
        return .comparator(comparator)
    }

    /// A number, or a duration in seconds: `90s`, `5m`, `2h`, `1d`.
    private mutating func number() throws(ConditionError) -> ConditionToken {
        let start = place
        var text = ""
        while let character = peek {
            let isSign =
                (character == "-" || character == "+") && (text.isEmpty || text.last == "e" || text.last == "E")
            guard isSign || character == "." || (character.isASCII && (character.isNumber || character.isLetter)) else {
                break
            }
            text.append(character)
            place += 1
        }
        if let integer = Integer(text) { return .literal(.integer(integer)) }
        if let float = Double(text), text.first?.isLetter == false { return .literal(.float(float)) }
        if let duration = Span(text) { return .literal(.float(Double(duration.seconds))) }
        throw ConditionError("'\(text)' is no number (text is written in quotes)", start + 1)
    }

    private mutating func word() -> ConditionToken {
        let text = take(while: Self.isName)
        return switch text {
        case "and", "AND": .and
        case "or", "OR": .or
        case "not", "NOT": .not
        case "in", "IN": .comparator(.contained)
        case "true", "True": .literal(.bool(true))
        case "false", "False": .literal(.bool(false))
        case "null", "None": .literal(.null)
        case "nan", "NaN": .literal(.float(.nan))
        case "inf": .literal(.float(.infinity))
        default: .name(text)
        }
    }

    private static func isName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "." || character == "/"
    }
}
