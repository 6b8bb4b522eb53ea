/// The members written so far; nested containers are looked at when all is written.
final class ObjectEncoding {
    private var object = JSON.Object()
    private var nested: [(key: String, tree: () -> JSON)] = []
    var isSorted = false

    func set(_ key: String, _ value: JSON) { object[key] = value }

    func set(_ key: String, later tree: @escaping () -> JSON) {
        object[key] = .null
        nested.append((key, tree))
    }

    var tree: JSON {
        var object = object
        for (key, tree) in nested { object[key] = tree() }
        if isSorted { object.sortKeys() }
        return .object(object)
    }
}

/// The elements written so far; nested containers are looked at when all is written.
final class ArrayEncoding {
    private var elements: [JSON] = []
    private var nested: [(index: Int, tree: () -> JSON)] = []

    var count: Int { elements.count }

    func append(_ value: JSON) { elements.append(value) }

    func append(later tree: @escaping () -> JSON) {
        nested.append((elements.count, tree))
        elements.append(.null)
    }

    var tree: JSON {
        var elements = elements
        for (index, tree) in nested { elements[index] = tree() }
        return .array(elements)
    }
}

struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let object: ObjectEncoding
    let path: CodingPath?

    var codingPath: [any CodingKey] { CodingPath.keys(path) }

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
        object.set(key.stringValue, try Encoding.tree(of: value, at: CodingPath(key, in: path)))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        nested(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        nested(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { nested(PlaceKey(stringValue: "super")) }

    func superEncoder(forKey key: Key) -> any Encoder { nested(key) }

    private func nested(_ key: any CodingKey) -> Encoding {
        let encoding = Encoding(CodingPath(key, in: path))
        object.set(key.stringValue) { encoding.tree }
        return encoding
    }
}

struct UnkeyedEncoding: UnkeyedEncodingContainer {
    let array: ArrayEncoding
    let path: CodingPath?

    var codingPath: [any CodingKey] { CodingPath.keys(path) }
    var count: Int { array.count }

    func encodeNil() { array.append(.null) }
    func encode(_ value: Bool) { array.append(.bool(value)) }

    func encode<T: Encodable>(_ value: T) throws {
        array.append(try Encoding.tree(of: value, at: CodingPath(PlaceKey(count), in: path)))
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        nested().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nested().unkeyedContainer() }

    func superEncoder() -> any Encoder { nested() }

    private func nested() -> Encoding {
        let encoding = Encoding(CodingPath(PlaceKey(count), in: path))
        array.append { encoding.tree }
        return encoding
    }
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
        encoding.write(try Encoding.tree(of: value, at: encoding.path))
    }
}
