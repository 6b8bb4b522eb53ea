/// One value of a document and where it stands.
public struct YAMLNode: Sendable, Equatable {
    /// What a value is, by the core schema of YAML 1.2.
    public enum Value: Sendable, Equatable {
        case null
        case bool(Bool)
        case integer(YAMLInteger)
        case float(Double)
        case text(String)
        case sequence([YAMLNode])
        case mapping(YAMLMapping)
    }

    /// The value.
    public let value: Value
    /// Where it begins.
    public let position: YAMLPosition
    /// A scalar as it is written, without its quotes; nil for a sequence or mapping.
    public let source: String?

    /// A value at a place.
    public init(_ value: Value, at position: YAMLPosition = .start, source: String? = nil) {
        self.value = value
        self.position = position
        self.source = source
    }
}

extension YAMLNode {
    /// Whether this is null, or nothing at all.
    public var isNull: Bool { value == .null }

    /// The text, when this is one.
    public var text: String? {
        guard case .text(let text) = value else { return nil }
        return text
    }

    /// The elements, when this is a sequence.
    public var sequence: [YAMLNode]? {
        guard case .sequence(let elements) = value else { return nil }
        return elements
    }

    /// The mapping, when this is one.
    public var mapping: YAMLMapping? {
        guard case .mapping(let mapping) = value else { return nil }
        return mapping
    }

    /// The integer or float, when this is one.
    public var number: Double? {
        switch value {
        case .integer(let integer): integer.double
        case .float(let double): double
        default: nil
        }
    }

    /// What this is, for a message: `the number 5`, `a list`.
    public var kind: String {
        switch value {
        case .null: "nothing"
        case .bool(let value): value ? "true" : "false"
        case .integer, .float: "the number \(source.map(abbreviated) ?? "")"
        case .text(let text): "\"\(abbreviated(text))\""
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// At most 40 characters of a text that stands in a message.
func abbreviated(_ text: String) -> String {
    let line = text.prefix(41).prefix { !$0.isNewline }
    return line.count <= 40 && line.endIndex == text.endIndex ? text : line.prefix(40) + "…"
}

/// A place in a file: line and column (in code points), both from 1.
public struct YAMLPosition: Sendable, Hashable {
    /// The line, from 1.
    public let line: Int
    /// The column in code points, from 1.
    public let column: Int

    /// A place.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The first character of a file.
    public static let start = YAMLPosition(line: 1, column: 1)
}

/// An integer of any size.
public struct YAMLInteger: Sendable, Hashable {
    /// Decimal digits without leading zeros or `+`, after a `-` if it is below zero.
    public let decimal: String

    /// The value, when it fits.
    public var int: Int? { Int(decimal) }

    /// The nearest double.
    public var double: Double { Double(decimal) ?? .nan }

    init(decimal: String) { self.decimal = decimal }

    /// A value that fits.
    public init(_ value: Int) { decimal = String(value) }
}

/// The entries of a mapping in the order written, each key once.
public struct YAMLMapping: Sendable, Equatable {
    /// A key, where it stands, and its value. A key that is a number or truth value is its text as written.
    public struct Entry: Sendable, Equatable {
        /// The key.
        public let key: String
        /// Where the key begins.
        public let position: YAMLPosition
        /// Its value.
        public let value: YAMLNode
    }

    /// The entries in order.
    public let entries: [Entry]

    /// The value of a key.
    public subscript(_ key: String) -> YAMLNode? {
        entries.first { $0.key == key }?.value
    }
}
