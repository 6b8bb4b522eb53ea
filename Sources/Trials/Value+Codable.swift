/// JSON's own forms, but for what JSON cannot say: `{"$integer": "…"}` beyond 2^53, `{"$float": "nan"}`,
/// and `{"$mapping": {…}}` around a mapping that has a `$` name itself.
extension Value: Codable {
    private static let exact = -(1 << 53)...(1 << 53)

    /// Reads what `encode(to:)` writes.
    public init(from decoder: any Decoder) throws {
        if let keyed = try? decoder.container(keyedBy: Name.self) {
            self = try Self.read(keyed)
        } else if var list = try? decoder.unkeyedContainer() {
            var values: [Value] = []
            while !list.isAtEnd { values.append(try list.decode(Value.self)) }
            self = .list(values)
        } else {
            self = try Self.read(decoder.singleValueContainer())
        }
    }

    private static func read(_ single: any SingleValueDecodingContainer) throws -> Value {
        if single.decodeNil() { return .null }
        if let text = try? single.decode(String.self) { return .text(text) }
        if let bool = try? single.decode(Bool.self) { return .bool(bool) }
        if let integer = try? single.decode(Int.self) { return .integer(integer) }
        return .float(try single.decode(Double.self))
    }

    private static func read(_ keyed: KeyedDecodingContainer<Name>) throws -> Value {
        if let only = keyed.allKeys.first, keyed.allKeys.count == 1, only.stringValue.hasPrefix("$") {
            switch only.stringValue {
            case "$integer":
                guard let integer = Integer(try keyed.decode(String.self, forKey: only)) else {
                    throw DecodingError.dataCorruptedError(forKey: only, in: keyed, debugDescription: "not an integer")
                }
                return .integer(integer)
            case "$float":
                guard let float = Double(try keyed.decode(String.self, forKey: only)) else {
                    throw DecodingError.dataCorruptedError(forKey: only, in: keyed, debugDescription: "not a float")
                }
                return .float(float)
            case "$mapping":
                return .mapping(try keyed.decode(Fields.self, forKey: only))
            default: break
            }
        }
        return .mapping(try Fields(keyed))
    }

    /// Writes integers and floats so that each comes back as what it was.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .list(let values):
            var container = encoder.unkeyedContainer()
            for value in values { try container.encode(value) }
        case .mapping(let fields) where fields.contains { $0.name.hasPrefix("$") }:
            try tag("$mapping", fields, encoder)
        case .mapping(let fields):
            try fields.encode(to: encoder)
        case .integer(let integer):
            if let small = integer.machine, Self.exact.contains(small) {
                var container = encoder.singleValueContainer()
                try container.encode(small)
            } else {
                try tag("$integer", integer.description, encoder)
            }
        case .float(let float) where !float.isFinite:
            try tag("$float", "\(float)", encoder)
        default:
            var container = encoder.singleValueContainer()
            switch self {
            case .bool(let bool): try container.encode(bool)
            case .float(let float): try container.encode(float)
            case .text(let text): try container.encode(text)
            default: try container.encodeNil()
            }
        }
    }

    private func tag(_ name: String, _ content: some Encodable, _ encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        try container.encode(content, forKey: Name(name))
    }
}

/// One object, its keys in the order of the fields.
extension Fields: Codable {
    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Name.self))
    }

    fileprivate init(_ keyed: KeyedDecodingContainer<Name>) throws {
        self.init(
            try keyed.allKeys.map { Field(name: $0.stringValue, value: try keyed.decode(Value.self, forKey: $0)) })
    }

    /// Writes an object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for field in self { try container.encode(field.value, forKey: Name(field.name)) }
    }
}

/// Any text as a coding key.
private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
