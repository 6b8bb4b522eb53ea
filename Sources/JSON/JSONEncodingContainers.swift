struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let object: Encoding

    var codingPath: [any CodingKey] { object.codingPath }

    func encodeNil(forKey key: Key) { object.set(key.stringValue, .null) }
    func encode(_ value: Bool, forKey key: Key) { object.set(key.stringValue, .bool(value)) }
    func encode(_ value: String, forKey key: Key) { object.set(key.stringValue, .string(value)) }
    func encode(_ value: Double, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: Float, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: Int, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: Int8, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: Int16, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: Int32, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: Int64, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: Int128, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: UInt, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: UInt8, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: UInt16, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: UInt32, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: UInt64, forKey key: Key) { object.set(key.stringValue, JSON(value)) }
    func encode(_ value: UInt128, forKey key: Key) { object.set(key.stringValue, JSON(value)) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        object.set(key.stringValue, try Encoding.tree(of: value, at: key, in: object))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        object.nested(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        object.nested(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { object.nested(PlaceKey(stringValue: "super")) }

    func superEncoder(forKey key: Key) -> any Encoder { object.nested(key) }
}

struct UnkeyedEncoding: UnkeyedEncodingContainer {
    let array: Encoding

    var codingPath: [any CodingKey] { array.codingPath }
    var count: Int { array.count }

    func encodeNil() { array.append(.null) }
    func encode(_ value: Bool) { array.append(.bool(value)) }

    func encode<T: Encodable>(_ value: T) throws {
        array.append(try Encoding.tree(of: value, at: PlaceKey(count), in: array))
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        array.nestedElement().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { array.nestedElement().unkeyedContainer() }

    func superEncoder() -> any Encoder { array.nestedElement() }
}

struct SingleEncoding: SingleValueEncodingContainer {
    let encoding: Encoding

    var codingPath: [any CodingKey] { encoding.codingPath }

    func encodeNil() { encoding.write(.null) }
    func encode(_ value: Bool) { encoding.write(.bool(value)) }
    func encode(_ value: String) { encoding.write(.string(value)) }
    func encode(_ value: Double) { encoding.write(JSON(value)) }
    func encode(_ value: Float) { encoding.write(JSON(value)) }
    func encode(_ value: Int) { encoding.write(JSON(value)) }
    func encode(_ value: Int8) { encoding.write(JSON(value)) }
    func encode(_ value: Int16) { encoding.write(JSON(value)) }
    func encode(_ value: Int32) { encoding.write(JSON(value)) }
    func encode(_ value: Int64) { encoding.write(JSON(value)) }
    func encode(_ value: Int128) { encoding.write(JSON(value)) }
    func encode(_ value: UInt) { encoding.write(JSON(value)) }
    func encode(_ value: UInt8) { encoding.write(JSON(value)) }
    func encode(_ value: UInt16) { encoding.write(JSON(value)) }
    func encode(_ value: UInt32) { encoding.write(JSON(value)) }
    func encode(_ value: UInt64) { encoding.write(JSON(value)) }
    func encode(_ value: UInt128) { encoding.write(JSON(value)) }

    func encode<T: Encodable>(_ value: T) throws {
        encoding.write(try Encoding.tree(of: value, as: encoding))
    }
}
