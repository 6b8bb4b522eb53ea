extension PickleValue {
    /// The one form of all pickles that mean the same, whichever versions of Python, numpy and pandas wrote them: names,
    /// times, numpy's types and arrays, Python 2's forms, and what is shared are spelled in one way.
    ///
    /// The order of a `dict` counts, that of a `set` does not. A label is left only where a cycle needs one, or where
    /// ``expanded`` writes nothing out.
    public var canonical: PickleValue {
        expanded.rewritten { $0.canonicalStep }
    }

    /// The instructions of the canonical form: equal bytes for equal meaning.
    public var canonicalBytes: [UInt8] { canonical.body().bytes }

    /// The one form of a value whose children have theirs.
    private var canonicalStep: PickleValue {
        switch self {
        case .float(let number): return number.isNaN ? .float(.nan) : self
        case .global(let module, let name):
            let known = PickleCall.name(module, name)
            return .global(module: known.module, name: known.name)
        case .dictionary(let entries): return .dictionary(entries.withoutRepeatedKeys)
        case .set(let members): return .set(Self.ordered(members))
        case .frozenset(let members): return .frozenset(Self.ordered(members))
        case .instance(let type, let arguments):
            return arguments.isEmpty
                ? .newObject(type, arguments: .tuple([])) : .reduce(type, arguments: .tuple(arguments)).canonicalStep
        case .reduce, .newObject, .build:
            guard let call else { return self }
            return canonical(of: call) ?? self
        default: return self
        }
    }

    private static func ordered(_ members: [PickleValue]) -> [PickleValue] {
        members.map { (bytes: $0.body().bytes, value: $0) }
            .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
            .map(\.value)
    }

    private func canonical(of call: PickleCall) -> PickleValue? {
        switch call.module {
        case "pandas":
            if isNotATime { return .global(module: "pandas", name: "NaT") }
            if let timestamp {
                let count = PickleValue.int(timestamp.nanoseconds)
                return timestamp.zone.map { .call("pandas", "Timestamp", count, .none, $0.canonical) }
                    ?? .call("pandas", "Timestamp", count)
            }
            return timedelta.map { .timedelta(nanoseconds: $0) }
        case "numpy": return call.name == "dtype" ? canonicalType(of: call) : nil
        case "numpy.core.multiarray":
            if call.name == "scalar", call.arguments.count == 2, let bytes = call.arguments[1].octetsOrText {
                return .call(call.module, call.name, call.arguments[0], .bytes(bytes))
            }
            return numpyArray?.canonical
        case "numpy.core.numeric": return numpyArray?.canonical
        case "datetime":
            // Their bytes as such, whichever form these have.
            guard call.state == nil, ["datetime", "date", "time"].contains(call.name),
                let bytes = call.arguments.first?.octetsOrText
            else { return nil }
            return .reduce(
                .global(module: call.module, name: call.name),
                arguments: .tuple([.bytes(bytes)] + call.arguments.dropFirst()))
        case "pathlib":
            guard call.state == nil, call.name == "PosixPath" || call.name == "PurePosixPath", pathText != nil else {
                return nil
            }
            let parts = Self.parts(call.arguments.compactMap { $0.text })
            return .reduce(
                .global(module: call.module, name: call.name), arguments: .tuple(parts.map { .string($0) }))
        default: return call.state == nil ? plain(of: call) : nil
        }
    }

    private func canonicalType(of call: PickleCall) -> PickleValue? {
        if call.state != nil { return PickleArrayType(self)?.canonical }
        guard call.arguments.count == 3 else { return nil }
        return .reduce(
            .global(module: "numpy", name: "dtype"),
            arguments: .tuple(
                call.arguments.map { argument in
                    if case .bool(let flag) = argument { .int(flag ? 1 : 0) } else { argument }
                }))
    }

    /// What Python's own makers make.
    private func plain(of call: PickleCall) -> PickleValue? {
        let arguments = call.arguments
        switch (call.module, call.name, arguments.count) {
        case ("_codecs", "encode", 2), ("builtins", "bytes", 0): return octets.map { .bytes($0) }
        case ("builtins", "bytearray", 0): return .bytearray([])
        case ("builtins", "bytearray", 1): return arguments[0].octets.map { .bytearray($0) }
        case ("builtins", "bytearray", 2):
            guard case .string("latin-1") = arguments[1] else { return nil }
            return arguments[0].octetsOrText.map { .bytearray($0) }
        case ("builtins", "set", 1), ("builtins", "frozenset", 1):
            guard case .list(let members) = arguments[0] else { return nil }
            return (call.name == "set" ? PickleValue.set(members) : .frozenset(members)).canonicalStep
        case ("builtins", "getattr", 2):
            guard case .global(let module, let name) = arguments[0], case .string(let inner) = arguments[1] else {
                return nil
            }
            return .global(module: module, name: "\(name).\(inner)")
        case ("copyreg", "__newobj__", 1...):
            return PickleValue.newObject(arguments[0], arguments: .tuple(Array(arguments.dropFirst())))
        case ("copyreg", "__newobj_ex__", 3):
            return PickleValue.newObjectWithKeywords(
                arguments[0], arguments: arguments[1], keywords: arguments[2])
        case ("copyreg", "_reconstructor", 3):
            guard case .global("builtins", "object") = arguments[1] else { return nil }
            return PickleValue.newObject(arguments[0], arguments: .tuple([]))
        case ("fractions", "Fraction", 2):
            guard let numerator = arguments[0].decimalDigits, let denominator = arguments[1].decimalDigits else {
                return nil
            }
            return .call(
                call.module, call.name, .string(denominator == "1" ? numerator : "\(numerator)/\(denominator)"))
        case ("collections", "OrderedDict", 1):
            guard case .list(let pairs) = arguments[0] else { return nil }
            var entries: [PickleEntry] = []
            for pair in pairs {
                let items: [PickleValue]
                switch pair {
                case .list(let two), .tuple(let two): items = two
                default: return nil
                }
                guard items.count == 2 else { return nil }
                entries.append(PickleEntry(items[0], items[1]))
            }
            let object = PickleValue.call(call.module, call.name)
            return entries.isEmpty ? object : .updated(object, entries: entries)
        case ("collections", "deque", 1):
            guard case .list(let items) = arguments[0] else { return nil }
            let object = PickleValue.call(call.module, call.name)
            return items.isEmpty ? object : .appended(object, items: items)
        default: return nil
        }
    }
}

extension PickleValue {
    /// A whole number in decimal, unless writing it takes long.
    fileprivate var decimalDigits: String? {
        switch self {
        case .int(let number): String(number)
        case .long(let number) where number.littleEndian.count <= 1000: number.decimal
        default: nil
        }
    }
}

extension PickleZone {
    /// The zone as Python's own.
    fileprivate var canonical: PickleValue {
        switch self {
        case .utc: .call("datetime", "timezone", .call("datetime", "timedelta", 0, 0, 0))
        case .fixed(let seconds):
            // As Python has it: of negative ones only the days are negative.
            .call(
                "datetime", "timezone",
                .call(
                    "datetime", "timedelta", .int(seconds < 0 ? -1 : 0),
                    .int(seconds < 0 ? seconds + 86_400 : seconds), 0))
        case .other(let zone): zone
        }
    }
}
