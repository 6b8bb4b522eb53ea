import JSON

@testable import Pickle

extension PickleValue {
    /// The value in the words in which the golden files have it from Python.
    var described: JSON { expanded.described(within: [:]) }

    private func described(within: [PickleLabel: String]) -> JSON {
        func list(_ items: [PickleValue]) -> JSON { .array(items.map { $0.described(within: within) }) }
        func dictionary(_ entries: [PickleEntry]) -> JSON {
            .array(entries.map { [$0.key.described(within: within), $0.value.described(within: within)] })
        }
        func sorted(_ items: [PickleValue]) -> JSON {
            .array(items.map { $0.described(within: within) }.sorted { $0.text(.python) < $1.text(.python) })
        }
        func bytes(_ bytes: [UInt8]) -> JSON { .array(bytes.map { JSON($0) }) }
        if let octets { return ["bytes": bytes(octets)] }
        if let timestamp {
            return ["timestamp": .string(String(timestamp.nanoseconds)), "zone": timestamp.zone == nil ? nil : "UTC"]
        }
        if let timedelta { return ["timedelta": .string(String(timedelta))] }
        if let dateTime { return ["datetime": .string(dateTime.text)] }
        if let date { return ["date": .string(date.text)] }
        if let time { return ["time": .string(time.text)] }
        if let difference {
            let days = (Double(difference) / 86_400e9).rounded(.down)
            let rest = difference - Int(days) * 86_400_000_000_000
            return ["difference": [JSON(Int(days)), JSON(rest / 1_000_000_000), JSON(rest % 1_000_000_000 / 1000)]]
        }
        if let decimalText { return ["decimal": .string(decimalText)] }
        if let pathText { return ["path": .string(pathText)] }
        if let complex { return ["complex": list([.float(complex.real), .float(complex.imaginary)])] }
        if let numpyScalar, let type = call.flatMap({ PickleArrayType($0.arguments[0]) }) {
            return ["numpy": .string(type.name), "value": numpyScalar.described(within: within)]
        }
        if let numpyArray {
            return [
                "array": .string(numpyArray.typeName), "shape": .array(numpyArray.shape.map { JSON($0) }),
                "values": list(numpyArray.values),
            ]
        }
        switch self {
        case .none: return nil
        case .bool(let flag): return .bool(flag)
        case .int(let number): return number.magnitude < 1 << 53 ? JSON(number) : ["int": .string(String(number))]
        case .long(let number): return ["int": .string(number.decimal)]
        case .float(let number):
            return number.isFinite
                ? .number(JSON.Number(asPythonWrites: number)) : ["float": .string(number.isNaN ? "nan" : "\(number)")]
        case .string(let text): return .string(text)
        case .bytearray(let held): return ["bytearray": bytes(held)]
        case .tuple(let items): return ["tuple": list(items)]
        case .list(let items): return list(items)
        case .set(let members): return ["set": sorted(members)]
        case .frozenset(let members): return ["frozenset": sorted(members)]
        case .dictionary(let entries): return ["dict": dictionary(entries)]
        case .labelled(let label, let value):
            var within = within
            within[label] = value.className
            return value.described(within: within)
        case .reference(let label): return ["again": .string(within[label] ?? "?")]
        case .build(_, let state):
            guard case .dictionary(let entries) = state else { return ["object": JSON(className)] }
            return ["object": JSON(className), "state": dictionary(entries)]
        default:
            let known = canonical
            return known.isOtherwise(than: self)
                ? known.described(within: within) : ["object": JSON(className)]
        }
    }

    private func isOtherwise(than other: PickleValue) -> Bool { self != other }
}
