extension PickleValue {
    /// The text of the `decimal.Decimal` that this is.
    public var decimalText: String? {
        guard let call, call.state == nil, (call.module, call.name) == ("decimal", "Decimal"),
            call.arguments.count == 1, case .string(let text) = call.arguments[0].unlabelled
        else { return nil }
        return text
    }

    /// The text of the path of `pathlib` that this is, with the separators of its kind.
    public var pathText: String? {
        guard let call, call.state == nil, call.module == "pathlib" else { return nil }
        var parts: [String] = []
        for argument in call.arguments {
            guard case .string(let part) = argument.unlabelled else { return nil }
            parts.append(part)
        }
        switch call.name {
        case "PosixPath", "PurePosixPath", "PurePath":
            let parts = Self.parts(parts)
            if parts.isEmpty { return "." }
            return parts[0] == "/" ? "/" + parts.dropFirst().joined(separator: "/") : parts.joined(separator: "/")
        case "WindowsPath", "PureWindowsPath":
            guard let first = parts.first else { return "." }
            let root = first.hasSuffix("\\") ? first : first + "\\"
            return parts.count == 1 ? first : root + parts.dropFirst().joined(separator: "\\")
        default: return nil
        }
    }

    /// The parts of a path that is given in pieces, each of one or more parts.
    static func parts(_ pieces: [String]) -> [String] {
        var parts: [String] = []
        for piece in pieces {
            if piece.hasPrefix("/") { parts = ["/"] }
            parts += piece.split(separator: "/").lazy.map { String($0) }.filter { $0 != "." }
        }
        return parts
    }

    /// The real and the imaginary part of the `complex` that this is.
    public var complex: (real: Double, imaginary: Double)? {
        guard let call, call.state == nil, (call.module, call.name) == ("builtins", "complex"),
            call.arguments.count == 2, case .float(let real) = call.arguments[0].unlabelled,
            case .float(let imaginary) = call.arguments[1].unlabelled
        else { return nil }
        return (real, imaginary)
    }

    /// The text that this is, with each lone surrogate replaced by U+FFFD.
    public var text: String? {
        switch unlabelled {
        case .string(let text): text
        case .surrogateString(let bytes): PickleText.repaired(bytes)
        default: nil
        }
    }

    /// The value under a text key of the `dict` that this is; of several the last.
    public subscript(key: String) -> PickleValue? {
        guard case .dictionary(let entries) = unlabelled else { return nil }
        return entries.last { entry in
            if case .string(let text) = entry.key.unlabelled { text.utf8.elementsEqual(key.utf8) } else { false }
        }?.value
    }

    /// The class of the object that this is, as `module.name`; nil for plain values, and where it is not named.
    public var className: String? {
        var value = self
        while true {
            switch value {
            case .labelled(_, let inner), .build(let inner, state: _), .appended(let inner, items: _),
                .updated(let inner, entries: _), .added(let inner, members: _):
                value = inner
            case .sequence(let values, let kept):
                guard values.indices.contains(kept) else { return nil }
                value = values[kept]
            case .reduce(let callable, let arguments):
                // What Python's own makers make is of the class that they are given.
                if case .global(let module, let name) = callable.unlabelled,
                    case .tuple(let items) = arguments.unlabelled, let first = items.first
                {
                    switch (PickleCall.name(module, name).module, name) {
                    case ("copyreg", "_reconstructor"), ("copyreg", "__newobj__"), ("copyreg", "__newobj_ex__"),
                        ("numpy.core.multiarray", "_reconstruct"):
                        return first.globalName
                    default: break
                    }
                }
                return callable.globalName
            case .newObject(let type, arguments: _), .newObjectWithKeywords(let type, arguments: _, keywords: _),
                .instance(let type, arguments: _):
                return type.globalName
            default: return nil
            }
        }
    }

    /// The class or function that this is, as `module.name`.
    public var globalName: String? {
        guard case .global(let module, let name) = unlabelled else { return nil }
        return "\(module).\(name)"
    }
}
