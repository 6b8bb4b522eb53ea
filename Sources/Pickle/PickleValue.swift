/// A Python pickle as a tree of what it says, without running any of it.
///
/// Plain values are themselves; everything else is one of the four steps in which a pickle makes an object
/// (`global`, `reduce`, `newObject`, `build`), kept as the pickle has it whether or not the class is known.
public indirect enum PickleValue: Equatable, Sendable {
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
    /// A `str`.
    case string(String)
    /// A `bytes`.
    case bytes([UInt8])
    /// A `tuple`.
    case tuple([PickleValue])
    /// A `list`.
    case list([PickleValue])
    /// A `dict`, in its order.
    case dictionary([PickleEntry])
    /// A class or function by its module and name.
    case global(module: String, name: String)
    /// The value of calling `callable` with the tuple `arguments`.
    case reduce(PickleValue, arguments: PickleValue)
    /// `cls.__new__(cls, *arguments)`.
    case newObject(PickleValue, arguments: PickleValue)
    /// An object whose state is set after it was made (`__setstate__`, or its `__dict__`).
    case build(PickleValue, state: PickleValue)
    /// A value that others point at by ``reference(_:)``; in `build` the object is labelled before its state is read,
    /// which is how a pickle holds a cycle.
    case labelled(PickleLabel, PickleValue)
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
