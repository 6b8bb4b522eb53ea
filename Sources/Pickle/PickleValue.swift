/// A Python pickle as a tree of what it says, without running any of it.
///
/// Plain values are themselves; everything else is one of the few steps in which a pickle makes an object
/// (`global`, `reduce`, `newObject`, `build` and so on), kept as the pickle has it whether or not the class is known.
/// Two trees are equal when they say the same: floats bit by bit, texts byte by byte.
public enum PickleValue: Sendable {
    /// `None`.
    case none
    /// `True` or `False`.
    case bool(Bool)
    /// An `int` that fits a machine word.
    case int(Int)
    /// An `int` outside the machine word; ``PickleValue/integer(decimal:)`` chooses between this and `int`.
    case long(PickleInteger)
    /// A `float`, NaN and infinities included.
    case float(Double)
    /// A `str`; Python 2's too when it is ASCII, as which every Python 3 takes it.
    case string(String)
    /// A `str` that holds lone surrogates, which no `String` can, in the bytes in which Python writes it: UTF-8 but for
    /// the surrogates, of three bytes each (`surrogatepass`).
    case surrogateString([UInt8])
    /// A `str` of Python 2 that is not ASCII: bytes or text, which only its reader knows.
    case python2String([UInt8])
    /// A `bytes`.
    case bytes([UInt8])
    /// A `bytearray`.
    case bytearray([UInt8])
    /// A `tuple`.
    case tuple([PickleValue])
    /// A `list`.
    case list([PickleValue])
    /// A `dict`, in its order; of two equal keys the later one's value counts, at the earlier one's place.
    case dictionary([PickleEntry])
    /// A `set`, its members in the order in which they were written.
    case set([PickleValue])
    /// A `frozenset`.
    case frozenset([PickleValue])
    /// A class or function by its module and name; a name within a class has dots.
    indirect case global(module: String, name: String)
    /// A class or function by its code in Python's extension registry (`copyreg.add_extension`).
    case extensionCode(Int)
    /// An object that is kept outside of the pickle, by what says where.
    indirect case persistent(PickleValue)
    /// The value of calling `callable` with the tuple `arguments`.
    indirect case reduce(PickleValue, arguments: PickleValue)
    /// `cls.__new__(cls, *arguments)`.
    indirect case newObject(PickleValue, arguments: PickleValue)
    /// `cls.__new__(cls, *arguments, **keywords)`.
    indirect case newObjectWithKeywords(PickleValue, arguments: PickleValue, keywords: PickleValue)
    /// An object as Python 2 made those of its old classes (`INST`, `OBJ`): `cls(*arguments)`, or without arguments
    /// most often `cls.__new__(cls)`.
    indirect case instance(PickleValue, arguments: [PickleValue])
    /// An object whose state is set after it was made (`__setstate__`, or its `__dict__`).
    indirect case build(PickleValue, state: PickleValue)
    /// An object that is no plain `list`, to which items were appended after it was made.
    indirect case appended(PickleValue, items: [PickleValue])
    /// An object that is no plain `dict`, whose entries were set after it was made.
    indirect case updated(PickleValue, entries: [PickleEntry])
    /// An object that is no plain `set`, to which members were added after it was made.
    indirect case added(PickleValue, members: [PickleValue])
    /// Values made one after the other, of which the one at `keeping` is the value; the others are made for what making
    /// them does, or for the labels in them.
    case sequence([PickleValue], keeping: Int)
    /// A value that others point at by ``reference(_:)``; an object is labelled before its items and its state are read,
    /// which is how a pickle holds a cycle.
    indirect case labelled(PickleLabel, PickleValue)
    /// The value labelled earlier in the same pickle.
    case reference(PickleLabel)
}

/// One key with its value in a pickled `dict`.
public struct PickleEntry: Equatable, Sendable {
    /// The key: any hashable Python value.
    public var key: PickleValue
    /// The value under the key.
    public var value: PickleValue

    /// An entry of a `dict`.
    public init(_ key: PickleValue, _ value: PickleValue) {
        self.key = key
        self.value = value
    }
}

/// The number under which a pickle's memo keeps a value.
public struct PickleLabel: Hashable, Sendable, RawRepresentable {
    /// The memo index.
    public let rawValue: UInt32

    /// The label of that memo index.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }
}

extension PickleValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A `str`.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A `bool`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An `int`.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// A `float`.
    public init(floatLiteral value: Double) { self = .float(value) }
    /// A `list`.
    public init(arrayLiteral elements: PickleValue...) { self = .list(elements) }
    /// A `dict` in the order written.
    public init(dictionaryLiteral elements: (PickleValue, PickleValue)...) {
        self = .dictionary(elements.map { PickleEntry($0.0, $0.1) })
    }
}
