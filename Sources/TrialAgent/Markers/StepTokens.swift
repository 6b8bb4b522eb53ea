import Bytes
import Trials

/// Hashes of a step's call as daskperiment keeps them: MD5 of what dask 1.2.2's `tokenize` makes of the arguments, under
/// Python 3.7. No I/O.
///
/// `inputs` that is a list is the call's positional arguments, a mapping its keyword arguments, anything else its only argument.
/// A value that says `{file: path}`, wherever it stands, counts as the text of the file's SHA-256.
enum StepTokens {
    /// The hashes; `digest` gives the SHA-256 of a file that the step names, in hexadecimal digits.
    static func hash<Failure: Error>(
        of step: Marker.Step, digestOfFile digest: (String) throws(Failure) -> String
    ) throws(Failure) -> StepHash {
        var arguments: [Value]
        switch step.inputs {
        case .list(let values): arguments = values
        // Keyword arguments come last, as one mapping, unless there are none.
        case .mapping(let keywords) where file(in: step.inputs) == nil:
            arguments = keywords.isEmpty ? [] : [step.inputs]
        default: arguments = [step.inputs]
        }
        let input = tuple(try arguments.map { value throws(Failure) in try token(value, digest) })
        let output = tuple([try token(step.output, digest)])
        return StepHash(
            step: identifier(of: step), input: MD5.digest(of: input).hex, output: MD5.digest(of: output).hex)
    }

    /// The hashes of a step that names no file; nil for one that does.
    static func hash(of step: Marker.Step) -> StepHash? {
        try? hash(of: step) { path throws(NamesFile) in throw NamesFile() }
    }

    /// The function's name by which a step is kept: its own, or the nearest identifier.
    static func identifier(of step: Marker.Step) -> String {
        Identifier.isValid(step.name) ? step.name : Identifier.nearest(to: step.name, longest: 80)
    }

    private struct NamesFile: Error {}

    /// The path when a value is `{file: path}` and nothing else.
    private static func file(in value: Value) -> String? {
        guard case .mapping(let fields) = value, fields.count == 1, fields[0].name == "file",
            case .text(let path) = fields[0].value
        else { return nil }
        return path
    }

    /// The normalised value as it stands in the text that is hashed.
    private static func token<Failure: Error>(
        _ value: Value, _ digest: (String) throws(Failure) -> String
    ) throws(Failure) -> String {
        if let path = file(in: value) { return PythonText.quoted(try digest(path)) }
        switch value {
        case .null: return "None"
        case .bool(let flag): return flag ? "True" : "False"
        case .integer(let integer): return integer.description
        case .float(let float): return PythonText.number(float)
        case .text(let text): return PythonText.quoted(text)
        case .list(let values):
            return sequence("list", try values.map { value throws(Failure) in try token(value, digest) })
        case .mapping(let fields):
            // dask sorts the items by their `str`, in which the keys, no two alike, decide.
            let entries = fields.map { (key: PythonText.quoted($0.name), value: $0.value) }.sorted {
                $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars)
            }
            return sequence(
                "list",
                try entries.map { entry throws(Failure) in
                    sequence("tuple", [entry.key, try token(entry.value, digest)])
                })
        }
    }

    private static func sequence(_ kind: String, _ items: [String]) -> String {
        "('\(kind)', [\(items.joined(separator: ", "))])"
    }

    private static func tuple(_ items: [String]) -> String {
        "(" + items.joined(separator: ", ") + (items.count == 1 ? ",)" : ")")
    }
}
