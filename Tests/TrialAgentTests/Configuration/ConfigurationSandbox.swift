import SystemCalls
import SystemPackage
import Testing
import YAML

@testable import TrialAgent

/// A home with a configuration, in a folder that goes away with it.
final class ConfigurationSandbox {
    let root: FilePath
    let surroundings: Surroundings

    init() throws {
        var generator = SystemRandomNumberGenerator()
        root = FilePath("/tmp/trialwatch-configuration-\(String(generator.next(), radix: 36))")
        try FileSystem.makeDirectories(root.appending("home/.config/trialwatch"))
        surroundings = Surroundings(
            user: "ada", userIdentifier: 1000, home: root.appending("home"), workingDirectory: root)
    }

    deinit { try? FileSystem.removeTree(root) }

    var file: FilePath { Configuration.ownFile(surroundings) }

    func write(_ text: String, to path: FilePath) throws {
        try FileSystem.makeDirectories(path.removingLastComponent())
        let file = try OwnedDescriptor(opening: path, .writeOnly, options: [.create, .truncate])
        try file.write(Array(text.utf8))
    }

    /// Reads a text as the user's own file.
    func read(_ text: String) throws -> Configuration {
        try write(text, to: file)
        return try Configuration.read(file, in: surroundings, backends: TestKinds())
    }

    /// What is wrong with a text, a line each, without the file's folder.
    func problems(_ text: String) throws -> [String] {
        try write(text, to: file)
        do throws(YAMLProblems) {
            _ = try Configuration.read(file, in: surroundings, backends: TestKinds())
            return []
        } catch {
            let folder = file.removingLastComponent().string + "/"
            return error.problems.map { String($0.description.dropFirst(folder.count)) }
        }
    }
}

/// Local files with a directory, and addresses of Redis.
struct TestKinds: BackendKinds {
    let names = ["local", "redis"]

    func kind(ofScheme scheme: String) -> String? { scheme == "redis" ? "redis" : nil }

    func check(_ choice: BackendChoice, _ expansion: TextExpansion, _ findings: YAMLFindings) {
        guard var fields = choice.fields(findings) else { return }
        if let directory = fields.value("directory") { _ = expansion.path(directory) }
        fields.refuseOthers()
    }
}
