struct KeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSON.Object
    let path: CodingPath?

    var codingPath: [any CodingKey] { CodingPath.keys(path) }
    var allKeys: [Key] { object.keys.compactMap(Key.init(stringValue:)) }

    func contains(_ key: Key) -> Bool { object.place(of: key.stringValue) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try decoding(key).decodeNil() }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try decoding(key).bool() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try decoding(key).string() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try decoding(key).double() }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try decoding(key).float() }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try decoding(key).integer() }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try decoding(key).integer() }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try decoding(key).integer() }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try decoding(key).integer() }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try decoding(key).integer() }
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try decoding(key).integer() }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try decoding(key).integer() }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try decoding(key).integer() }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try decoding(key).integer() }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try decoding(key).integer() }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try decoding(key).integer() }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try decoding(key).integer() }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoding(key).value(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try decoding(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoding(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try decoding(PlaceKey(stringValue: "super")) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try decoding(key) }

    private func decoding(_ key: any CodingKey) throws -> Decoding {
        guard let value = object[key.stringValue] else {
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: codingPath, debugDescription: "this member is missing"))
        }
        return Decoding(json: value, path: CodingPath(key, in: path))
    }
}

struct UnkeyedDecoding: UnkeyedDecodingContainer {
    let elements: [JSON]
    let path: CodingPath?
    private(set) var currentIndex = 0

    init(elements: [JSON], path: CodingPath?) {
        self.elements = elements
        self.path = path
    }

    var codingPath: [any CodingKey] { CodingPath.keys(path) }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    mutating func decodeNil() throws -> Bool {
        guard try current().decodeNil() else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let value = try current().value(type)
        currentIndex += 1
        return value
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        let container = try current().container(keyedBy: type)
        currentIndex += 1
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try current().unkeyedContainer()
        currentIndex += 1
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = try current()
        currentIndex += 1
        return decoder
    }

    private func current() throws -> Decoding {
        let key = PlaceKey(currentIndex)
        guard !isAtEnd else {
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: codingPath, debugDescription: "the array ends here"))
        }
        return Decoding(json: elements[currentIndex], path: CodingPath(key, in: path))
    }
}
