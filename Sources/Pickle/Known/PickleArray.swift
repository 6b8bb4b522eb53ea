/// A `numpy.ndarray` of numbers, flags, texts, times, or objects, with any number of dimensions.
public struct PickleArray: Sendable {
    /// Its lengths, the outermost first; none for a single value.
    public let shape: [Int]
    /// How many elements there are.
    public let count: Int
    private let type: PickleArrayType
    private let isFortran: Bool
    private let data: [UInt8]
    private let objects: [PickleValue]?

    /// numpy's name of the elements' type: `float64`.
    public var typeName: String { type.name }

    /// The element at a place in C order, the last index running fastest; a text that Python has no plain value for is
    /// `None`.
    public subscript(place: Int) -> PickleValue {
        guard (0..<count).contains(place) else { return .none }
        let stored = isFortran ? fortran(place) : place
        if let objects { return objects[stored] }
        return type.element(data[(stored * type.size)..<((stored + 1) * type.size)]) ?? .none
    }

    /// All elements, in C order.
    public var values: [PickleValue] { (0..<count).map { self[$0] } }

    private func fortran(_ place: Int) -> Int {
        var place = place
        var stride = count
        var stored = 0
        for length in shape.reversed() where length > 0 {
            stride /= length
            stored += place % length * stride
            place /= length
        }
        return stored
    }

    init?(_ value: PickleValue) {
        guard let call = value.call else { return nil }
        let parts: (shape: PickleValue, type: PickleValue, isFortran: Bool, data: PickleValue)
        switch (call.module, call.name) {
        case ("numpy.core.multiarray", "_reconstruct"):
            guard case .global("numpy", "ndarray")? = call.arguments.first?.unlabelled,
                case .tuple(let state)? = call.state?.unlabelled, state.count == 5,
                let isFortran = state[3].machineWord
            else { return nil }
            parts = (state[1], state[2], isFortran != 0, state[4])
        case ("numpy.core.numeric", "_frombuffer"):
            guard call.state == nil, call.arguments.count == 4, case .string(let order) = call.arguments[3].unlabelled
            else { return nil }
            parts = (call.arguments[2], call.arguments[1], order == "F", call.arguments[0])
        default: return nil
        }
        guard case .tuple(let lengths) = parts.shape.unlabelled, lengths.count <= 64,
            let type = PickleArrayType(parts.type)
        else { return nil }
        var shape: [Int] = []
        var count = 1
        for length in lengths {
            guard let length = length.machineWord, length >= 0 else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            if overflow { return nil }
            shape.append(length)
            count = product
        }
        if type.kind == "O" {
            guard case .list(let items) = parts.data.unlabelled, items.count == count else { return nil }
            objects = items
            data = []
        } else {
            let bytes: [UInt8]?
            if case .bytearray(let held) = parts.data.unlabelled {
                bytes = held
            } else {
                bytes = parts.data.octetsOrText
            }
            let (size, overflow) = count.multipliedReportingOverflow(by: type.size)
            // Of elements without a byte, no data says whether they are as many as the shape claims.
            guard let bytes, !overflow, bytes.count == size, type.size > 0 || count == 0 else { return nil }
            objects = nil
            data = bytes
        }
        self.shape = shape
        self.count = count
        self.type = type
        isFortran = parts.isFortran && shape.count > 1
    }

    /// The one form of this array: rows one after the other.
    var canonical: PickleValue {
        let content: PickleValue
        if let objects {
            content = .list(isFortran ? values : objects)
        } else if isFortran {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(data.count)
            for place in 0..<count {
                let stored = fortran(place)
                bytes += data[(stored * type.size)..<((stored + 1) * type.size)]
            }
            content = .bytes(bytes)
        } else {
            content = .bytes(data)
        }
        return .build(
            .call(
                "numpy.core.multiarray", "_reconstruct", .global(module: "numpy", name: "ndarray"), .tuple([0]),
                .bytes([UInt8(ascii: "b")])),
            state: .tuple([1, .tuple(shape.map { .int($0) }), type.canonical, false, content]))
    }
}

extension PickleValue {
    /// The `numpy.ndarray` that this is, in whichever form.
    public var numpyArray: PickleArray? { PickleArray(self) }

    /// The plain value of the numpy scalar that this is: a number, a flag, a text, bytes, a `complex`, or the
    /// `pandas.Timestamp` or `pandas.Timedelta` of the same time, `None` for none.
    public var numpyScalar: PickleValue? {
        guard let call, call.state == nil, (call.module, call.name) == ("numpy.core.multiarray", "scalar"),
            call.arguments.count == 2, let type = PickleArrayType(call.arguments[0]),
            let bytes = call.arguments[1].octetsOrText
        else { return nil }
        return type.element(bytes[...])
    }
}
