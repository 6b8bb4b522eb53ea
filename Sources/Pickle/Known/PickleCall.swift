/// The call of a class or function by name that makes an object, however the pickle spells it.
struct PickleCall {
    /// Where the class or function is, by the name that counts for all versions of Python and its libraries.
    let module: String
    let name: String
    let arguments: [PickleValue]
    /// What is set afterwards.
    let state: PickleValue?

    /// The module and name by which all versions are told alike.
    static func name(_ module: String, _ name: String) -> (module: String, name: String) {
        switch module {
        case "copy_reg": return ("copyreg", name)
        case "__builtin__": return ("builtins", name)
        case "pathlib", "pathlib._local": return ("pathlib", name == "Path" ? "PosixPath" : name)
        case "pandas", "pandas.tslib", "pandas._libs.tslib", "pandas._libs.tslibs.timestamps",
            "pandas._libs.tslibs.timedeltas", "pandas._libs.tslibs.nattype":
            switch name {
            case "Timestamp", "_unpickle_timestamp", "Timedelta", "_timedelta_unpickle", "_nat_unpickle":
                return ("pandas", name)
            case "__nat_unpickle": return ("pandas", "_nat_unpickle")
            default: return (module, name)
            }
        default:
            let prefix = "numpy._core."
            guard module.hasPrefix(prefix) else { return (module, name) }
            return ("numpy.core." + module.dropFirst(prefix.count), name)
        }
    }
}

extension PickleValue {
    /// The value without labels around it.
    var unlabelled: PickleValue {
        var value = self
        while case .labelled(_, let inner) = value { value = inner }
        return value
    }

    /// The call that makes this object; nil when it is made otherwise.
    var call: PickleCall? {
        switch unlabelled {
        case .build(let object, let state):
            // Not of an object that was given a state before: so deep is no known one.
            if case .build = object.unlabelled { return nil }
            guard let call = object.call else { return nil }
            return PickleCall(module: call.module, name: call.name, arguments: call.arguments, state: state)
        case .reduce(let callable, let arguments), .newObject(let callable, let arguments):
            guard case .global(let module, let name) = callable.unlabelled,
                case .tuple(let items) = arguments.unlabelled
            else { return nil }
            let known = PickleCall.name(module, name)
            return PickleCall(module: known.module, name: known.name, arguments: items, state: nil)
        case .instance(let type, let arguments):
            guard case .global(let module, let name) = type.unlabelled else { return nil }
            let known = PickleCall.name(module, name)
            return PickleCall(module: known.module, name: known.name, arguments: arguments, state: nil)
        default: return nil
        }
    }

    /// Bytes, in any of the forms that Pythons give them: 2's `str`, and 3's in protocols that have no `bytes`.
    var octets: [UInt8]? {
        switch unlabelled {
        case .bytes(let bytes), .python2String(let bytes): return bytes
        case .reduce:
            guard let call, call.state == nil else { return nil }
            switch (call.module, call.name, call.arguments.count) {
            case ("_codecs", "encode", 2):
                guard case .string(let text) = call.arguments[0].unlabelled,
                    case .string(let encoding) = call.arguments[1].unlabelled,
                    encoding == "latin1" || encoding == "latin-1"
                else { return nil }
                return Self.latin1(text)
            case ("builtins", "bytes", 0): return []
            default: return nil
            }
        default: return nil
        }
    }

    /// Bytes where a text can stand for nothing else: one of Python 2 that is ASCII, or bytes read as Latin-1.
    var octetsOrText: [UInt8]? {
        if case .string(let text) = unlabelled { return Self.latin1(text) }
        return octets
    }

    static func latin1(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// A whole number or a flag as a machine word.
    var machineWord: Int? {
        switch unlabelled {
        case .int(let number): number
        case .bool(let flag): flag ? 1 : 0
        default: nil
        }
    }
}
