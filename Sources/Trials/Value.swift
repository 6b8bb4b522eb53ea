/// A parameter, a result or a persisted value, as a marker or a Python process gave it.
public indirect enum Value: Sendable {
    case null
    case bool(Bool)
    case integer(Integer)
    case float(Double)
    case text(String)
    case list([Value])
    case mapping(Fields)

    /// A machine integer.
    public static func integer(_ value: Int) -> Value { .integer(Integer(value)) }

    /// The number as a float, for sorting and drawing; nil for anything that is not a number.
    public var number: Double? {
        switch self {
        case .integer(let integer): integer.double
        case .float(let float): float
        default: nil
        }
    }
}

/// What is told again is the same: one NaN equals another, unlike as numbers.
extension Value: Hashable {
    /// Whether both are of one type and hold the same.
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.float(let left), .float(let right)): left.isSame(as: right)
        case (.text(let left), .text(let right)): left == right
        case (.list(let left), .list(let right)): left == right
        case (.mapping(let left), .mapping(let right)): left == right
        default: false
        }
    }

    /// Feeds what it holds to a hasher.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let bool): hasher.combine(bool)
        case .integer(let integer): hasher.combine(integer)
        case .float(let float): hasher.combine(float.isNaN ? .infinity : float)
        case .text(let text): hasher.combine(text)
        case .list(let values): hasher.combine(values)
        case .mapping(let fields): hasher.combine(fields)
        }
    }
}

extension Double {
    func isSame(as other: Double) -> Bool { self == other || isNaN && other.isNaN }
}

/// Values by name, in the order in which they were given.
public struct Fields: Hashable, Sendable, ExpressibleByDictionaryLiteral, RandomAccessCollection {
    /// A name and its value.
    public struct Field: Hashable, Sendable {
        /// The name, as it was given.
        public let name: String
        /// What it names.
        public let value: Value

        /// `value` under `name`.
        public init(name: String, value: Value) {
            self.name = name
            self.value = value
        }
    }

    private var fields: [Field]

    /// No values.
    public init() { fields = [] }

    /// The given fields; of two with one name the later one counts, at the earlier one's place.
    public init(_ fields: some Sequence<Field>) {
        self.init()
        var places: [String: Int] = [:]
        for field in fields {
            if let place = places[field.name] {
                self.fields[place] = field
            } else {
                places[field.name] = self.fields.count
                self.fields.append(field)
            }
        }
    }

    /// Names and values in the order written.
    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(elements.lazy.map { Field(name: $0.0, value: $0.1) })
    }

    /// The value of a name; setting nil removes it.
    public subscript(name: String) -> Value? {
        get { fields.first { $0.name == name }?.value }
        set {
            let index = fields.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): fields[index] = Field(name: name, value: value)
            case (let index?, nil): fields.remove(at: index)
            case (nil, let value?): fields.append(Field(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Always zero.
    public var startIndex: Int { 0 }
    /// How many values there are.
    public var endIndex: Int { fields.count }
    /// The field at a place.
    public subscript(index: Int) -> Field { fields[index] }

    /// True when both hold the same names with the same values, in whatever order.
    public func holdsTheSame(as other: Fields) -> Bool {
        count == other.count && allSatisfy { other[$0.name] == $0.value }
    }

    /// These fields with others on top: of one name the other's value counts, and of two mappings what both hold, merged
    /// in the same way. What is new comes last.
    public func overlaid(with others: Fields) -> Fields {
        let own = Dictionary(lazy.map { ($0.name, $0.value) }) { _, last in last }
        return Fields(
            fields
                + others.lazy.map { field in
                    guard case .mapping(let above) = field.value, case .mapping(let below)? = own[field.name] else {
                        return field
                    }
                    return Field(name: field.name, value: .mapping(below.overlaid(with: above)))
                })
    }

    /// Each leaf of nested mappings under its dotted name: `optimizer.lr`.
    public var flattened: Fields {
        var flat = Fields()
        func add(_ fields: Fields, under prefix: String) {
            for field in fields {
                if case .mapping(let inner) = field.value, !inner.isEmpty {
                    add(inner, under: prefix + field.name + ".")
                } else {
                    flat[prefix + field.name] = field.value
                }
            }
        }
        add(self, under: "")
        return flat
    }
}
