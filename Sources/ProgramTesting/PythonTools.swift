internal import Glibc
internal import JSON
internal import SystemCalls
public import SystemPackage

/// A Python environment that real tools made, and what they say is in it.
public struct MadeEnvironment: Sendable {
    /// Its interpreter.
    public let python: FilePath
    /// The home of the user that it was made for.
    public let home: FilePath
    /// What each tool prints of it, by the tool's name.
    public let lists: [String: String]
}

/// pip, uv and virtualenv in an environment of their own, which scripts/test makes.
public enum PythonTools {
    /// Where they are; `$PYTHON_TOOLS` names another place.
    public static let folder = getenv("PYTHON_TOOLS").map { FilePath(String(cString: $0)) } ?? made

    /// Whether the tests that need them are run: in continuous integration they are, be they there or not.
    public static var isWanted: Bool {
        FileSystem.isPermitted(folder.appending("wheels")) || ContinuousIntegration.isRunning
    }

    /// Why they are passed over.
    public static let advice = "no pip, uv and virtualenv in .build/python-tools: let scripts/test put them there"

    private static let root = FilePath(#filePath).appending("../../..").lexicallyNormalized()
    private static var made: FilePath { root.appending(".build/python-tools") }

    /// Has `make_environment.py` begin to make an environment in an empty folder.
    public static func begin(_ kind: String, in place: FilePath, packages: Int) throws -> EnvironmentMaking {
        let script = root.appending("Tests/InteropTests/make_environment.py")
        return EnvironmentMaking(
            try ChildProcess(
                "/usr/bin/python3",
                arguments: ["python3", script.string, kind, place.string, folder.string, String(packages)],
                environment: ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"]))
    }
}

/// An environment that is being made.
public final class EnvironmentMaking {
    private var child: ChildProcess

    fileprivate init(_ child: consuming ChildProcess) { self.child = child }

    /// Waits until it is made.
    public func environment() throws -> MadeEnvironment {
        child.closeInput()
        var output: [UInt8] = []
        while let piece = try child.read(atMost: 1 << 16), !piece.isEmpty { output += piece }
        guard try child.end() == .exited(0), case let answer = try JSON(parsing: output),
            let python = answer["python"]?.string, let home = answer["home"]?.string,
            let lists = answer["lists"]?.object
        else { throw ProgramError("no environment was made, as said on standard error; or else \(PythonTools.advice)") }
        return MadeEnvironment(
            python: FilePath(python), home: FilePath(home),
            lists: Dictionary(lists.members.compactMap { member in member.value.string.map { (member.key, $0) } }) {
                first, _ in first
            })
    }
}
