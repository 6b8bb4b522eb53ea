/// A value as MongoDB keeps it.
public enum BSON: Hashable, Sendable {
    case double(Double)
    case string(String)
    case document(BSONDocument)
    case array([BSON])
    case binary([UInt8])
    case objectID(ObjectID)
    case bool(Bool)
    /// Milliseconds since 1970.
    case date(Int64)
    case null
    case int32(Int32)
    /// MongoDB's own clock: seconds since 1970, and a count within the second. Zero becomes now when it is inserted.
    case timestamp(UInt32, UInt32)
    case int64(Int64)
    /// What we never write: its type, and its bytes.
    case other(UInt8, [UInt8])

    /// A whole number, in the shorter form when it fits, as daskperiment's driver writes it.
    public init(_ number: Int) {
        self = Int32(exactly: number).map { .int32($0) } ?? .int64(Int64(number))
    }

    /// The text of a string.
    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// A whole number of any of the forms in which drivers write one.
    public var int: Int? {
        switch self {
        case .int32(let number): Int(number)
        case .int64(let number): Int(number)
        case .double(let number): Int(exactly: number)
        default: nil
        }
    }

    /// The bytes of a binary.
    public var binary: [UInt8]? {
        guard case .binary(let bytes) = self else { return nil }
        return bytes
    }

    /// The fields of a document.
    public var document: BSONDocument? {
        guard case .document(let document) = self else { return nil }
        return document
    }

    /// The elements of an array.
    public var array: [BSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The identifier.
    public var objectID: ObjectID? {
        guard case .objectID(let identifier) = self else { return nil }
        return identifier
    }

    /// Whether it is true, or a number other than 0.
    public var isTrue: Bool {
        switch self {
        case .bool(let flag): flag
        case .double(let number): number != 0
        default: int.map { $0 != 0 } ?? false
        }
    }
}

extension BSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self.init(value) }
    /// Yes or no.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An array.
    public init(arrayLiteral elements: BSON...) { self = .array(elements) }
    /// A document.
    public init(dictionaryLiteral elements: (String, BSON)...) {
        self = .document(BSONDocument(fields: elements.map { BSONDocument.Field(name: $0, value: $1) }))
    }
    /// Null.
    public init(nilLiteral: ()) { self = .null }
}

/// Values by name, in order. A name holds no NUL.
public struct BSONDocument: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// A value with its name.
    public struct Field: Hashable, Sendable {
        /// The name.
        public var name: String
        /// The value.
        public var value: BSON
    }

    /// All fields.
    public var fields: [Field]

    init(fields: [Field] = []) { self.fields = fields }

    /// Fields in this order.
    public init(dictionaryLiteral elements: (String, BSON)...) {
        fields = elements.map { Field(name: $0, value: $1) }
    }

    /// The first value of that name; setting nil takes it away.
    public subscript(name: String) -> BSON? {
        get { fields.first { $0.name == name }?.value }
        set {
            let place = fields.firstIndex { $0.name == name }
            switch (place, newValue) {
            case (let place?, let value?): fields[place].value = value
            case (let place?, nil): fields.remove(at: place)
            case (nil, let value?): fields.append(Field(name: name, value: value))
            case (nil, nil): break
            }
        }
    }
}

extension BSONDocument {
    /// Adds a field after the others, without looking whether there is one of that name.
    public mutating func append(_ name: String, _ value: BSON) { fields.append(Field(name: name, value: value)) }
}
