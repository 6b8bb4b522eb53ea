public import Pickle
public import Trials

extension Value {
    /// The most elements of an array that are listed.
    private static let longestArray = 1000
    /// Integers of more bytes are told by their size: making decimal digits takes time that grows with its square.
    private static let longestInteger = 8192
    /// Values nested deeper are named only.
    private static let deepest = 64

    /// A Python value for people: plain ones as themselves, times, paths and decimals as text, arrays as lists of numbers,
    /// and what is unknown by the name of its class.
    public init(_ pickle: PickleValue) { self.init(pickle.expanded, depth: 0) }

    private init(_ pickle: PickleValue, depth: Int) {
        guard depth < Self.deepest else {
            self = .text("…")
            return
        }
        func inner(_ values: [PickleValue]) -> Value { .list(values.map { Value($0, depth: depth + 1) }) }
        switch pickle {
        case .none: self = .null
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .integer(number)
        case .long(let number): self = Self.integer(number)
        case .float(let number): self = .float(number)
        case .list(let items), .tuple(let items), .set(let items), .frozenset(let items): self = inner(items)
        case .dictionary(let entries):
            self = .mapping(
                Fields(
                    entries.map { entry in
                        Fields.Field(name: Self.name(entry.key), value: Value(entry.value, depth: depth + 1))
                    }))
        case .bytes(let bytes), .bytearray(let bytes): self = .text("\(bytes.count) bytes")
        case .labelled(_, let value): self = Value(value, depth: depth)
        default: self = Self.known(pickle, depth)
        }
    }

    private static func known(_ pickle: PickleValue, _ depth: Int) -> Value {
        if let text = pickle.text { return .text(text) }
        if let scalar = pickle.numpyScalar { return Value(scalar, depth: depth + 1) }
        if let array = pickle.numpyArray {
            guard array.count <= longestArray else {
                return .text("array of \(array.typeName) (\(array.shape.map(String.init).joined(separator: ", ")))")
            }
            return list(array.values[...], array.shape[...], depth + 1)
        }
        if pickle.isNotATime { return .null }
        if let moment = pickle.timestamp {
            return .text(Timestamp(nanoseconds: moment.nanoseconds).local + (moment.zone?.text ?? ""))
        }
        if let text = pickle.dateTime?.text ?? pickle.date?.text ?? pickle.time?.text { return .text(text) }
        if let nanoseconds = pickle.timedelta ?? pickle.difference {
            return .text("\(Double(nanoseconds) / 1_000_000_000) s")
        }
        if let text = pickle.decimalText ?? pickle.pathText { return .text(text) }
        if let number = pickle.complex { return .text("\(number.real)+\(number.imaginary)j") }
        return .text("<\(pickle.className ?? pickle.globalName ?? "object")>")
    }

    private static func integer(_ number: PickleInteger) -> Value {
        let size = number.littleEndian.count
        guard size <= longestInteger else { return .text("int of \(size) bytes") }
        return Integer(number.decimal).map { .integer($0) } ?? .text(number.decimal)
    }

    private static func list(_ values: ArraySlice<PickleValue>, _ shape: ArraySlice<Int>, _ depth: Int) -> Value {
        guard let count = shape.first else { return values.first.map { Value($0, depth: depth) } ?? .null }
        // Of no elements a shape may claim any number of rows.
        guard count > 0, !values.isEmpty else { return .list([]) }
        let width = values.count / count
        return .list(
            (0..<count).map { place in
                let start = values.startIndex + place * width
                return list(values[start..<(start + width)], shape.dropFirst(), depth + 1)
            })
    }

    private static func name(_ key: PickleValue) -> String {
        switch Value(key) {
        case .text(let text): text
        case .null: "None"
        case .bool(let flag): flag ? "True" : "False"
        case .integer(let number): number.description
        case .float(let number): "\(number)"
        case .list, .mapping: "<key>"
        }
    }
}
