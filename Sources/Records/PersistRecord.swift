public import Pickle
public import Trials

/// What a step keeps, as daskperiment's `get_persisted` gives it back.
///
/// A file of the project is never taken as a pickle: loading one runs whatever it says.
public enum PersistRecord {
    /// The largest file, in bytes, that is kept as `bytes`; of a larger one the record holds a reference.
    public static let largestInline = 1 << 20

    /// A value given in the marker.
    public static func pickle(_ value: Value) -> PickleValue { PickleValue(value) }

    /// The content of a file.
    public static func pickle(content: [UInt8]) -> PickleValue { .bytes(content) }

    /// A part that is kept apart: `path` says where in the store.
    public static func pickle(reference part: PartReference, path: String) -> PickleValue {
        ["path": .string(path), "size": .int(part.size), "sha256": .string(part.digest)]
    }
}
