import SystemPackage
import Trials
import YAML

/// The files that a marker names under `parameters_file`: YAML or JSON, each one mapping.
enum ParameterFiles {
    /// The most bytes of one file.
    static let limit = 1 << 20

    /// The files' parameters, of which a later file's count before an earlier one's, and the marker's own before all; nested
    /// mappings are merged key by key.
    ///
    /// A file that cannot be read, or holds something else, is a problem and no more.
    static func merge(
        _ files: [String], under parameters: Fields, through door: borrowing NamedFiles
    ) -> (parameters: Fields, problems: [String]) {
        var merged = Fields()
        var problems: [String] = []
        for path in files {
            let file: NamedFile
            let bytes: [UInt8]
            do throws(UnreadFile) {
                file = try door.file(path)
                bytes = try door.read(file, limit: limit).bytes
            } catch {
                problems.append("parameters_file: \(path) left out: \(error)")
                continue
            }
            do throws(YAMLProblem) {
                merged = merged.overlaid(with: try fields(of: bytes, named: file.shown))
            } catch {
                problems.append("parameters_file: left out: \(error)")
            }
        }
        return (merged.overlaid(with: parameters), problems)
    }

    /// A file without content holds no parameters.
    private static func fields(of bytes: [UInt8], named file: String) throws(YAMLProblem) -> Fields {
        let document = try YAMLNode.parse(bytes, file: file)
        guard document.isNull || document.mapping != nil else {
            throw YAMLProblem(
                file: file, position: document.position,
                message: "expected a mapping (name: value), found \(document.kind)")
        }
        return Fields(document)
    }
}
