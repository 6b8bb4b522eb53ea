import ProgramTesting
import SystemCalls
import SystemPackage

/// Experiments that the real daskperiment made, in its own local files.
enum Golden {
    private static let folder = FilePath(#filePath).removingLastComponent().appending("Golden/daskperiment_cache")

    /// Copies one of them into a directory.
    static func copy(_ experiment: String, to directory: FilePath) throws {
        try FileSystem.makeDirectories(directory)
        var child = try ChildProcess(
            "/bin/cp", arguments: ["cp", "-a", folder.appending(experiment).string, directory.string], environment: [])
        guard try child.end() == .exited(0) else { throw ProgramError("cp of \(experiment) failed") }
    }

    /// All files below a directory, with what tells a change.
    static func listing(_ directory: FilePath) throws -> [String] {
        var found: [String] = []
        for entry in try FileSystem.entries(of: directory) {
            let path = directory.appending(entry.name)
            let status = try FileStatus(of: path)
            found.append("\(entry.name) \(status.kind) \(status.size) \(status.modified)")
            if entry.kind == .directory { found += try listing(path).map { "\(entry.name)/" + $0 } }
        }
        return found.sorted()
    }
}
