extension JSON {
    /// The tree of a value: keys in the order in which the value writes them (for a synthesized conformance, the order
    /// of declaration), those of a dictionary sorted, integers exact, doubles recognizable as floats.
    ///
    /// A double that is not finite becomes the string `"nan"`, `"inf"` or `"-inf"`. Throws `.mismatch` when the value
    /// refuses to be encoded.
    public static func encode(_ value: some Encodable) throws(JSONError) -> JSON {
        do {
            return try Encoding.tree(of: value, at: nil)
        } catch let error as JSONError {
            throw error
        } catch EncodingError.invalidValue(_, let context) {
            throw .mismatch(path: pathText(context.codingPath), reason: context.debugDescription)
        } catch {
            throw .mismatch(path: "", reason: "\(error)")
        }
    }
}

/// The way down to a value; an array of keys is made of it only when somebody asks.
final class CodingPath: Sendable {
    let key: any CodingKey
    let parent: CodingPath?

    init(_ key: any CodingKey, in parent: CodingPath?) {
        self.key = key
        self.parent = parent
    }

    static func keys(_ path: CodingPath?) -> [any CodingKey] {
        var keys: [any CodingKey] = []
        var next = path
        while let step = next {
            keys.append(step.key)
            next = step.parent
        }
        return keys.reversed()
    }
}

/// A place in an array, or `super`.
struct PlaceKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ index: Int) {
        stringValue = String(index)
        intValue = index
    }

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init?(intValue: Int) { self.init(intValue) }
}

/// `projects[0].path`.
func pathText(_ keys: [any CodingKey]) -> String {
    keys.reduce(into: "") { text, key in
        if let index = key.intValue {
            text += "[\(index)]"
        } else {
            text += text.isEmpty ? key.stringValue : "." + key.stringValue
        }
    }
}

/// What one value has written so far.
final class Encoding: Encoder {
    enum Written {
        case nothing
        case value(JSON)
        case object(ObjectEncoding)
        case array(ArrayEncoding)
    }

    let path: CodingPath?
    private var written = Written.nothing

    init(_ path: CodingPath?) { self.path = path }

    var codingPath: [any CodingKey] { CodingPath.keys(path) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The tree of a value; the common leaves without an encoder of their own.
    static func tree<T: Encodable>(of value: T, at path: CodingPath?) throws -> JSON {
        if let leaf = leaf(value) { return leaf }
        let encoding = Encoding(path)
        try value.encode(to: encoding)
        return encoding.tree
    }

    private static func leaf<T>(_ value: T) -> JSON? {
        if T.self == String.self { return (value as? String).map(JSON.string) }
        if T.self == Double.self { return (value as? Double).map { JSON($0) } }
        if T.self == Int.self { return (value as? Int).map { JSON($0) } }
        if T.self == JSON.self { return value as? JSON }
        return nil
    }

    /// What was written; a value that wrote nothing is an empty object, as in other coders.
    var tree: JSON {
        switch written {
        case .nothing: .object(JSON.Object())
        case .value(let value): value
        case .object(let object): object.tree
        case .array(let array): array.tree
        }
    }

    func write(_ value: JSON) { written = .value(value) }

    func objectEncoding() -> ObjectEncoding {
        if case .object(let object) = written { return object }
        let object = ObjectEncoding()
        written = .object(object)
        return object
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        let object = objectEncoding()
        object.isSorted = ObjectIdentifier(Key.self) == dictionaryKey
        return KeyedEncodingContainer(KeyedEncoding<Key>(object: object, path: path))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array(let array) = written { return UnkeyedEncoding(array: array, path: path) }
        let array = ArrayEncoding()
        written = .array(array)
        return UnkeyedEncoding(array: array, path: path)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleEncoding(encoding: self)
    }
}

/// The key type with which the standard library's `Dictionary` encodes itself: its order is random, so it gets sorted.
let dictionaryKey: ObjectIdentifier? = {
    final class Probe: Encoder {
        var key: ObjectIdentifier?
        let codingPath: [any CodingKey] = []
        let userInfo: [CodingUserInfoKey: Any] = [:]
        func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
            key = ObjectIdentifier(Key.self)
            return Encoding(nil).container(asProbeFor: Key.self)
        }
        func unkeyedContainer() -> any UnkeyedEncodingContainer { Encoding(nil).unkeyedContainer() }
        func singleValueContainer() -> any SingleValueEncodingContainer { Encoding(nil).singleValueContainer() }
    }
    let probe = Probe()
    try? [String: Int]().encode(to: probe)
    return probe.key
}()

extension Encoding {
    /// A container that does not ask for `dictionaryKey`, which is being found.
    fileprivate func container<Key: CodingKey>(asProbeFor type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedEncoding<Key>(object: objectEncoding(), path: path))
    }
}
