/// A JSON document as a tree that keeps what was written: the order of keys, and each number's own text.
///
/// Equality is that of the written values: `1` and `1.0` differ, and so do two orders of the same keys.
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Number)
    case string(String)
    case array([JSON])
    case object(Object)

    /// An integer of any width.
    public init(_ value: some BinaryInteger) {
        self = .number(Number(value))
    }

    /// A floating-point number; JSON has no spelling for the three that are not finite, so they become the strings
    /// `"nan"`, `"inf"` and `"-inf"`.
    public init(_ value: Double) {
        self = Number(value).map(JSON.number) ?? .string(nonFiniteText(value))
    }

    /// A text, or null.
    public init(_ value: String?) {
        self = value.map(JSON.string) ?? .null
    }
}

extension JSON {
    /// The member of an object; nil when this is no object or has no such key.
    public subscript(_ key: String) -> JSON? {
        object?[key]
    }

    /// The element of an array; nil when this is no array or is shorter.
    public subscript(_ index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// Whether this is null.
    public var isNull: Bool { self == .null }

    /// The truth value, when this is one.
    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The text, when this is a string.
    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The number, when this is one.
    public var number: Number? {
        guard case .number(let value) = self else { return nil }
        return value
    }

    /// The integer, when this is a number written as one that fits.
    public var int: Int? { number?.int }

    /// The number as a double, when this is a number or one of the strings that stand for those that are not finite.
    public var double: Double? {
        switch self {
        case .number(let number): number.double
        case .string(let text): nonFiniteValue(text)
        default: nil
        }
    }

    /// The elements, when this is an array.
    public var array: [JSON]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    /// The members, when this is an object.
    public var object: Object? {
        guard case .object(let value) = self else { return nil }
        return value
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }

    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// An integer.
    public init(integerLiteral value: Int) { self.init(value) }

    /// A floating-point number.
    public init(floatLiteral value: Double) { self.init(value) }

    /// An array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }

    /// An object with its keys in the order written; the last of equal keys wins.
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(Object(elements)) }

    /// Null.
    public init(nilLiteral: ()) { self = .null }
}

extension JSON {
    /// A single-precision number, with no more digits than it needs; see `init(_: Double)` for those not finite.
    public init(_ value: Float) {
        self = Number(value).map(JSON.number) ?? .string(nonFiniteText(Double(value)))
    }
}

extension JSON: Codable {
    /// Writes this tree as it is into the tree being made; other coders than this module's are refused.
    public func encode(to encoder: any Encoder) throws {
        guard let encoding = encoder as? Encoding else {
            throw JSONError.mismatch(
                path: pathText(encoder.codingPath), reason: "only JSON.encode keeps a JSON tree exact")
        }
        encoding.write(self)
    }

    /// Takes the tree as it is; other coders than this module's are refused.
    public init(from decoder: any Decoder) throws {
        guard let decoding = decoder as? Decoding else {
            throw JSONError.mismatch(
                path: pathText(decoder.codingPath), reason: "only JSON.decode keeps a JSON tree exact")
        }
        self = decoding.json
    }
}
