import Trials
import YAML

extension Value {
    /// A value as YAML's core schema reads it.
    init(_ node: YAMLNode) {
        self =
            switch node.value {
            case .null: .null
            case .bool(let bool): .bool(bool)
            case .integer(let integer): Integer(integer.decimal).map { .integer($0) } ?? .text(integer.decimal)
            case .float(let float): .float(float)
            case .text(let text): .text(text)
            case .sequence(let elements): .list(elements.map { Value($0) })
            case .mapping: .mapping(Fields(node))
            }
    }
}

extension Fields {
    /// The entries of a mapping; none for anything else.
    init(_ node: YAMLNode) {
        self.init((node.mapping?.entries ?? []).lazy.map { Field(name: $0.key, value: Value($0.value)) })
    }
}

extension MetricValue {
    /// A number; also the words that Python's and JavaScript's JSON writers put for numbers that JSON lacks.
    init?(_ node: YAMLNode) {
        switch node.value {
        case .integer(let integer): self = integer.int.map { .integer($0) } ?? .float(integer.double)
        case .float(let float): self = .float(float)
        case .text("NaN"), .text("nan"): self = .float(.nan)
        case .text("Infinity"), .text("inf"): self = .float(.infinity)
        case .text("-Infinity"), .text("-inf"): self = .float(-.infinity)
        default: return nil
        }
    }
}
