extension JSON {
    /// The value that this tree stands for; the counterpart of `encode`.
    ///
    /// A number written as a float is no integer; an integer is a double, too. Members that the type does not ask for
    /// are passed over. Throws `.mismatch` with the path of the first member that is missing or does not fit.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws(JSONError) -> T {
        do {
            return try Decoding(json: self, path: nil).value(type)
        } catch let error as JSONError {
            throw error
        } catch let error as DecodingError {
            throw mismatch(error)
        } catch {
            throw .mismatch(path: "", reason: "\(error)")
        }
    }
}

private func mismatch(_ error: DecodingError) -> JSONError {
    switch error {
    case .keyNotFound(let key, let context):
        .mismatch(path: pathText(context.codingPath + [key]), reason: "this member is missing")
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
        .mismatch(path: pathText(context.codingPath), reason: context.debugDescription)
    @unknown default:
        .mismatch(path: "", reason: "\(error)")
    }
}

/// One value of the tree and the way to it.
struct Decoding: Decoder, SingleValueDecodingContainer {
    let json: JSON
    let path: CodingPath?

    var codingPath: [any CodingKey] { CodingPath.keys(path) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let object) = json else { throw mismatch("an object") }
        return KeyedDecodingContainer(KeyedDecoding<Key>(object: object, path: path))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = json else { throw mismatch("an array") }
        return UnkeyedDecoding(elements: elements, path: path)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { json.isNull }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try value(type) }
    func decode(_ type: Bool.Type) throws -> Bool { try bool() }
    func decode(_ type: String.Type) throws -> String { try string() }
    func decode(_ type: Double.Type) throws -> Double { try double() }
    func decode(_ type: Float.Type) throws -> Float { try float() }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: Int128.Type) throws -> Int128 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try integer() }

    /// Any value; the common leaves directly.
    func value<T: Decodable>(_ type: T.Type) throws -> T {
        if T.self == JSON.self, let value = json as? T { return value }
        if T.self == String.self, let value = try string() as? T { return value }
        if T.self == Double.self, let value = try double() as? T { return value }
        if T.self == Int.self, let value = try integer(as: Int.self) as? T { return value }
        return try T(from: self)
    }

    func bool() throws -> Bool {
        guard case .bool(let value) = json else { throw mismatch("true or false") }
        return value
    }

    func string() throws -> String {
        guard case .string(let value) = json else { throw mismatch("a string") }
        return value
    }

    func double() throws -> Double {
        guard let value = json.double else { throw mismatch("a number") }
        return value
    }

    func float() throws -> Float {
        // Straight from the text: by way of a double it would be rounded twice.
        if let number = json.number, let value = Float(number.text) { return value }
        return Float(try double())
    }

    func integer<I: FixedWidthInteger>(as type: I.Type = I.self) throws -> I {
        guard let value: I = json.number?.integer() else { throw mismatch("an integer that fits \(I.self)") }
        return value
    }

    private func mismatch(_ expected: String) -> DecodingError {
        let found =
            switch json {
            case .null: "null"
            case .bool: "a truth value"
            case .number(let number): "the number \(number.text)"
            case .string: "a string"
            case .array: "an array"
            case .object: "an object"
            }
        let context = DecodingError.Context(
            codingPath: codingPath, debugDescription: "expected \(expected), found \(found)")
        return .dataCorrupted(context)
    }
}
