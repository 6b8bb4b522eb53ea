internal import JSON
internal import YAML

extension JSON {
    /// A value of a marker, each number written as it was where JSON can write it so.
    init(_ node: YAMLNode) {
        self =
            switch node.value {
            case .null: .null
            case .bool(let bool): .bool(bool)
            case .integer(let integer):
                Number(text: integer.decimal).map(JSON.number) ?? .string(integer.decimal)
            case .float(let float):
                .number(node.source.flatMap { Self.float($0) } ?? Number(asPythonWrites: float))
            case .text(let text): .string(text)
            case .sequence(let elements): .array(elements.map { JSON($0) })
            case .mapping(let mapping):
                .object(Object(mapping.entries.lazy.map { ($0.key, JSON($0.value)) }))
            }
    }

    private static func float(_ source: String) -> Number? {
        guard let number = Number(text: source), !number.isInteger else { return nil }
        return number
    }
}
