/// The instructions of one value, without a pickle's header and STOP.
public struct PickleBody: Hashable, Sendable {
    /// The instructions.
    public let bytes: [UInt8]
    /// How many labels they use: of those from ``PickleValue/body(labelsFrom:labelStep:)``, so many steps.
    public let labelCount: Int
}

extension PickleValue {
    /// The whole pickle of this value.
    public func pickled() -> [UInt8] {
        var writer = PickleWriter()
        writer.write(self)
        writer.finish()
        return writer.bytes
    }

    /// The instructions of this value for another pickle, whose labels they leave alone: its own are numbered from
    /// `first` on, `step` apart. A reference to a label that is not in the value stays as it is.
    ///
    /// The last label must be below 2^32; Python's memory grows with its number.
    public func body(labelsFrom first: Int = 0, labelStep step: Int = 1) -> PickleBody {
        var numbers: [PickleLabel: Int] = [:]
        visitAll { value in
            if case .labelled(let label, _) = value, numbers[label] == nil { numbers[label] = numbers.count }
            return true
        }
        func renumbered(_ label: PickleLabel) -> PickleLabel {
            numbers[label].map { PickleLabel(rawValue: UInt32(first + $0 * step)) } ?? label
        }
        var writer = PickleWriter.fragment()
        if numbers.isEmpty {
            writer.write(self)
        } else {
            writer.write(
                rewritten { value in
                    switch value {
                    case .labelled(let label, let inner): .labelled(renumbered(label), inner)
                    case .reference(let label): .reference(renumbered(label))
                    default: value
                    }
                })
        }
        return PickleBody(bytes: writer.bytes, labelCount: numbers.count)
    }
}
