internal import Glibc
public import JSON
internal import SystemCalls
public import SystemPackage

/// A user's world of its own: a home, configuration, state, data and run-time directory, all below one new folder that goes with it.
public final class Sandbox: Sendable {
    /// What a program left when it had ended.
    public struct Output: Sendable {
        /// How it ended.
        public let exit: TrialwatchProcess.Exit
        /// All of its standard output.
        public let text: String
        /// All of its standard error.
        public let errors: String

        /// Its standard output without the last line's end, line by line.
        public var lines: [String] {
            text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(text.hasSuffix("\n") ? 1 : 0)
                .map(String.init)
        }

        /// Its standard output as JSON.
        public func json() throws -> JSON { try JSON(parsing: text) }
    }

    /// The folder that holds everything else; its path has no links in it.
    public let root: FilePath
    /// The environment that programs are started with: nothing of the test runner's own but `PATH`.
    public let environment: [String: String]
    /// The program under test.
    public let program: FilePath

    let namespace: (any ProgramNamespace)?

    /// Makes the folders, and no configuration; programs run in the namespace, if there is one.
    public init(in namespace: (any ProgramNamespace)? = nil) throws {
        self.namespace = namespace
        // Short, because a socket's path has at most 107 bytes.
        root = try FileSystem.resolve(try newFolder("/tmp/trialwatch-XXXXXX"))
        for folder in ["home", "config/trialwatch", "data", "state", "run", "logs"] {
            try FileSystem.makeDirectories(root.appending(folder))
        }
        environment = [
            "HOME": root.appending("home").string,
            "XDG_CONFIG_HOME": root.appending("config").string,
            "XDG_DATA_HOME": root.appending("data").string,
            "XDG_STATE_HOME": root.appending("state").string,
            "XDG_RUNTIME_DIR": root.appending("run").string,
            "PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        ]
        program = try Self.builtProgram()
    }

    /// The program that was built together with the running tests.
    public static func builtProgram() throws -> FilePath {
        let tests = try FileSystem.resolve("/proc/self/exe")
        let program = tests.removingLastComponent().appending("trialwatch")
        guard FileSystem.isPermitted(program, executing: true) else {
            throw ProgramError("no program at \(program): build it with `swift build --product trialwatch`")
        }
        return program
    }

    /// The configuration that programs find by themselves.
    public var configuration: FilePath { root.appending("config/trialwatch/agent.yaml") }

    /// Runs the program to its end.
    public func run(_ arguments: String..., environment extra: [String: String] = [:]) async throws -> Output {
        try await run(program, arguments, environment: extra)
    }

    /// Runs a script for bash, which finds the program as `trialwatch`, to its end.
    public func shell(_ script: String, environment extra: [String: String] = [:]) async throws -> Output {
        let path = "\(program.removingLastComponent()):\(environment["PATH"] ?? "")"
        return try await run(
            "/bin/bash", ["-c", script], environment: extra.merging(["PATH": path]) { given, _ in given })
    }

    /// Runs any program in this world to its end.
    public func run(
        _ executable: FilePath, _ arguments: [String], environment extra: [String: String] = [:]
    ) async throws -> Output {
        let process = try start(executable, arguments, environment: extra)
        let exit = await process.wait()
        return Output(exit: exit, text: try text(of: process.outputPath), errors: try text(of: process.errorPath))
    }

    /// Starts any program in this world, its outputs going to new files in `logs`.
    public func start(
        _ executable: FilePath, _ arguments: [String], environment extra: [String: String] = [:]
    ) throws -> TrialwatchProcess {
        let folder = try newFolder(root.appending("logs/XXXXXX").string)
        let home = root.appending("home")
        let (executable, arguments) =
            namespace?.entering(executable, arguments, in: home) ?? (executable, arguments)
        return try TrialwatchProcess(
            executable, arguments, environment: environment.merging(extra) { $1 },
            directory: home, output: folder.appending("out"), error: folder.appending("err"))
    }

    /// The text of a file, bytes that are no UTF-8 shown as U+FFFD.
    public func text(of path: FilePath) throws -> String {
        String(decoding: try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 1 << 28), as: UTF8.self)
    }

    deinit {
        do throws(SystemCallError) {
            try FileSystem.removeTree(root)
        } catch {
            // Only room in /tmp is lost; a test has failed or passed by now.
        }
    }
}

/// Makes a folder whose name differs from the template in its last six letters.
func newFolder(_ template: String) throws(ProgramError) -> FilePath {
    var bytes = Array(template.utf8CString)
    return try bytes.withUnsafeMutableBufferPointer { (buffer) throws(ProgramError) in
        guard let start = buffer.baseAddress, mkdtemp(start) != nil else {
            throw ProgramError("making a folder \(template): \(Errno(rawValue: errno))")
        }
        return FilePath(platformString: start)
    }
}
