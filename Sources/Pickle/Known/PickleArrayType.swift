/// A simple `numpy.dtype`: numbers, flags, texts, times, or objects.
struct PickleArrayType: Equatable {
    /// numpy's letter: `f`, `i`, `u`, `b`, `c`, `U`, `S`, `M`, `m` or `O`.
    let kind: Character
    /// Bytes an element.
    let size: Int
    let isBigEndian: Bool
    /// Of times only: `ns`, and how many of them a step is.
    let unit: String?
    let step: Int

    /// The letter and its number as numpy writes them: `f8`; of texts the number of characters.
    let code: String

    init?(_ value: PickleValue) {
        guard let call = value.call, (call.module, call.name) == ("numpy", "dtype"), let state = call.state,
            case .string(let code)? = call.arguments.first?.unlabelled,
            let kind = code.first, let number = Int(code.dropFirst()), number >= 0, number <= 1 << 20,
            case .tuple(let items) = state.unlabelled, items.count >= 8,
            case .string(let order) = items[1].unlabelled,
            items[2].unlabelled == .none, items[3].unlabelled == .none, items[4].unlabelled == .none
        else { return nil }
        let sizes: [Character: [Int]] = [
            "f": [2, 4, 8], "i": [1, 2, 4, 8], "u": [1, 2, 4, 8], "b": [1], "c": [8, 16], "M": [8], "m": [8],
        ]
        switch kind {
        case "U": size = number * 4
        case "S": size = number
        case "O": size = 8
        default:
            guard sizes[kind]?.contains(number) == true else { return nil }
            size = number
        }
        self.kind = kind
        self.code = code
        isBigEndian = order == ">"
        if kind == "M" || kind == "m" {
            // ({}, (b'ns', 1, 1, 1))
            guard items.count >= 9, case .tuple(let metadata) = items[8].unlabelled, metadata.count == 2,
                case .tuple(let times) = metadata[1].unlabelled, times.count >= 2,
                let unit = times[0].octetsOrText, let step = times[1].machineWord, step > 0
            else { return nil }
            self.unit = String(decoding: unit, as: UTF8.self)
            self.step = step
        } else {
            unit = nil
            step = 1
        }
    }

    /// numpy's name: `float64`.
    var name: String {
        switch kind {
        case "f": "float\(size * 8)"
        case "i": "int\(size * 8)"
        case "u": "uint\(size * 8)"
        case "b": "bool"
        case "c": "complex\(size * 8)"
        case "U": "str\(size * 8)"
        case "S": "bytes\(size * 8)"
        case "M": "datetime64[\(unit ?? "")]"
        case "m": "timedelta64[\(unit ?? "")]"
        default: "object"
        }
    }

    /// The one form of this dtype.
    var canonical: PickleValue {
        // numpy says the size and the alignment of texts, and how objects are looked after.
        let (bytes, alignment, flags) =
            switch kind {
            case "U": (size, 4, 8)
            case "S": (size, 1, 0)
            case "O": (-1, -1, 63)
            default: (-1, -1, 0)
            }
        var state: [PickleValue] = [
            .int(unit == nil ? 3 : 4), .string(size < 2 || kind == "S" || kind == "O" ? "|" : isBigEndian ? ">" : "<"),
            .none, .none, .none, .int(bytes), .int(alignment), .int(flags),
        ]
        if let unit { state.append(.tuple([[:], .tuple([.string(unit), .int(step), 1, 1])])) }
        return .build(.call("numpy", "dtype", .string(code), 0, 1), state: .tuple(state))
    }

    /// The plain value of an element; nil for one that cannot be said.
    func element(_ bytes: ArraySlice<UInt8>) -> PickleValue? {
        guard bytes.count == size else { return nil }
        switch kind {
        case "b": return .bool(bytes.first != 0)
        case "f": return float(bytes).map { .float($0) }
        case "c":
            guard let real = float(bytes.prefix(size / 2)), let imaginary = float(bytes.suffix(size / 2)) else {
                return nil
            }
            return .call("builtins", "complex", .float(real), .float(imaginary))
        case "i": return .int(signed(bytes))
        case "u":
            let word = unsigned(bytes)
            return Int(exactly: word).map { .int($0) }
                ?? .long(PickleInteger(littleEndian: withUnsafeBytes(of: word.littleEndian) { Array($0) } + [0]))
        case "S":
            return .bytes(
                Array(bytes.prefix((bytes.lastIndex { $0 != 0 } ?? bytes.startIndex - 1) + 1 - bytes.startIndex)))
        case "U": return text(bytes).map { .string($0) }
        case "M", "m": return time(signed(bytes))
        default: return nil
        }
    }

    private func unsigned(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        let ordered = isBigEndian ? Array(bytes) : bytes.reversed()
        return ordered.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func signed(_ bytes: ArraySlice<UInt8>) -> Int {
        let shift = 64 - bytes.count * 8
        return Int(Int64(bitPattern: unsigned(bytes) << shift) >> shift)
    }

    private func float(_ bytes: ArraySlice<UInt8>) -> Double? {
        let bits = unsigned(bytes)
        switch bytes.count {
        case 8: return Double(bitPattern: bits)
        case 4: return Double(Float(bitPattern: UInt32(bits)))
        case 2:
            // Sign, five bits of exponent, ten of fraction.
            let fraction = Double(bits & 0x3FF)
            let exponent = Int(bits >> 10 & 0x1F)
            let magnitude: Double =
                switch exponent {
                case 0: fraction * 0x1p-24
                case 31: fraction == 0 ? .infinity : .nan
                default: Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
                }
            return bits & 0x8000 == 0 ? magnitude : -magnitude
        default: return nil
        }
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String? {
        var scalars = String.UnicodeScalarView()
        var zeros = 0
        for place in stride(from: bytes.startIndex, to: bytes.endIndex, by: 4) {
            guard let scalar = Unicode.Scalar(UInt32(unsigned(bytes[place..<(place + 4)]))) else { return nil }
            if scalar.value == 0 {
                zeros += 1
            } else {
                for _ in 0..<zeros { scalars.append("\0") }
                zeros = 0
                scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    private func time(_ count: Int) -> PickleValue? {
        if count == Int.min { return PickleValue.none }
        let units = [
            "W": 604_800_000_000_000, "D": 86_400_000_000_000, "h": 3_600_000_000_000, "m": 60_000_000_000,
            "s": 1_000_000_000, "ms": 1_000_000, "us": 1000, "μs": 1000, "ns": 1,
        ]
        guard let unit = unit.flatMap({ units[$0] }), let steps = PickleValue.nanoseconds(count, step),
            let nanoseconds = PickleValue.nanoseconds(steps, unit)
        else { return nil }
        return kind == "M" ? .call("pandas", "Timestamp", .int(nanoseconds)) : .timedelta(nanoseconds: nanoseconds)
    }
}
