internal import JSON
internal import Trials

/// Values as people and programs read them.
extension Value {
    /// As it is printed: text as it is, what is nested as JSON; floats whole, or to so many significant digits.
    func shown(digits: Int? = nil) -> String {
        switch self {
        case .null: "null"
        case .bool(let bool): bool ? "true" : "false"
        case .integer(let integer): integer.description
        case .float(let float):
            digits.map { Phrases.significant(float, $0) } ?? (JSON(float).number?.text ?? "\(float)")
        case .text(let text): SafeText.line(text)
        case .list, .mapping: SafeText.json(json.text())
        }
    }

    /// As JSON: an integer of any size is a number, a float that JSON lacks is the text `nan`, `inf` or `-inf`.
    var json: JSON {
        switch self {
        case .null: .null
        case .bool(let bool): .bool(bool)
        case .integer(let integer): integer.machine.map { JSON($0) } ?? JSON(decimal: integer.description)
        case .float(let float): JSON(float)
        case .text(let text): .string(text)
        case .list(let values): .array(values.map(\.json))
        case .mapping(let fields): fields.json
        }
    }
}

extension Fields {
    /// As a JSON object in the same order.
    var json: JSON { .object(JSON.Object(lazy.map { ($0.name, $0.value.json) })) }
}

extension MetricValue {
    /// The same as a parameter's value.
    var asValue: Value {
        switch self {
        case .integer(let integer): .integer(integer)
        case .float(let float): .float(float)
        }
    }
}

extension JSON {
    fileprivate init(decimal: String) {
        self = Number(text: decimal).map(JSON.number) ?? .string(decimal)
    }
}
