extension JSON {
    /// The tree of a value: keys in the order in which the value writes them (for a synthesized conformance, the order
    /// of declaration), those of a dictionary sorted, integers exact, doubles recognizable as floats.
    ///
    /// A double that is not finite becomes the string `"nan"`, `"inf"` or `"-inf"`. Throws `.mismatch` when the value
    /// refuses to be encoded.
    public static func encode(_ value: some Encodable) throws(JSONError) -> JSON {
        do {
            return try Encoding.tree(of: value)
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

/// What one value has written so far; nested containers are looked at when all is written.
final class Encoding: Encoder {
    private enum Form {
        case nothing
        case value
        case object
        case array
    }

    // A way down is made of these only when somebody asks: most values have two or three containers, and no error.
    private let key: (any CodingKey)?
    private let parent: Encoding?
    private let base: CodingPath?

    private var form = Form.nothing
    private var value = JSON.null
    private var object = JSON.Object()
    private var elements: [JSON] = []
    private var isSorted = false
    private var nested: [(place: Int, encoding: Encoding)] = []

    /// For what is not below another value, or only by its path.
    init(_ base: CodingPath?) {
        (key, parent, self.base) = (nil, nil, base)
    }

    private init(_ key: (any CodingKey)?, in parent: Encoding) {
        (self.key, self.parent, base) = (key, parent, nil)
    }

    var path: CodingPath? { key.map { CodingPath($0, in: parent?.path) } ?? parent?.path ?? base }
    var codingPath: [any CodingKey] { CodingPath.keys(path) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The tree of a member or an element; the common leaves without an encoder of their own.
    static func tree<T: Encodable>(
        of value: T, at key: @autoclosure () -> any CodingKey, in parent: Encoding
    ) throws -> JSON {
        try leaf(value) ?? Encoding(key(), in: parent).tree(of: value)
    }

    /// The tree of a value that stands for the one which is being encoded.
    static func tree<T: Encodable>(of value: T, as encoding: Encoding) throws -> JSON {
        try leaf(value) ?? Encoding(nil, in: encoding).tree(of: value)
    }

    /// The tree of a value that is below no other.
    static func tree<T: Encodable>(of value: T) throws -> JSON {
        try leaf(value) ?? Encoding(nil).tree(of: value)
    }

    private func tree<T: Encodable>(of value: T) throws -> JSON {
        try value.encode(to: self)
        return tree
    }

    private static func leaf<T>(_ value: T) -> JSON? {
        // A cast that asks the type once more takes as long as the rest.
        if T.self == String.self { return .string(unsafeBitCast(value, to: String.self)) }
        if T.self == Double.self { return JSON(unsafeBitCast(value, to: Double.self)) }
        if T.self == Int.self { return JSON(unsafeBitCast(value, to: Int.self)) }
        if T.self == JSON.self { return unsafeBitCast(value, to: JSON.self) }
        return nil
    }

    /// What was written; a value that wrote nothing is an empty object, as in other coders.
    private var tree: JSON {
        switch form {
        case .value: return value
        case .nothing, .object:
            var members = object
            for (place, encoding) in nested { members.replace(at: place, by: encoding.tree) }
            if isSorted { members.sortKeys() }
            return .object(members)
        case .array:
            var all = elements
            for (place, encoding) in nested { all[place] = encoding.tree }
            return .array(all)
        }
    }

    // MARK: Writing

    func write(_ value: JSON) {
        form = .value
        self.value = value
    }

    func set(_ key: String, _ value: JSON) { object[key] = value }

    var count: Int { elements.count }

    func append(_ value: JSON) { elements.append(value) }

    /// A member that is written later. It knows its way down by itself: it is held from here.
    func nested(_ key: any CodingKey) -> Encoding {
        let encoding = Encoding(CodingPath(key, in: path))
        object[key.stringValue] = .null
        if let place = object.place(of: key.stringValue) { nested.append((place, encoding)) }
        return encoding
    }

    /// An element that is written later.
    func nestedElement() -> Encoding {
        let encoding = Encoding(CodingPath(PlaceKey(count), in: path))
        nested.append((elements.count, encoding))
        elements.append(.null)
        return encoding
    }

    // MARK: Containers

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        isSorted = ObjectIdentifier(Key.self) == dictionaryKey
        return unsortedContainer(keyedBy: type)
    }

    /// A container that does not ask for `dictionaryKey`, which is being found.
    fileprivate func unsortedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        form = .object
        return KeyedEncodingContainer(KeyedEncoding<Key>(object: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        form = .array
        return UnkeyedEncoding(array: self)
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
            return Encoding(nil).unsortedContainer(keyedBy: Key.self)
        }
        func unkeyedContainer() -> any UnkeyedEncodingContainer { Encoding(nil).unkeyedContainer() }
        func singleValueContainer() -> any SingleValueEncodingContainer { Encoding(nil).singleValueContainer() }
    }
    let probe = Probe()
    try? [String: Int]().encode(to: probe)
    return probe.key
}()
