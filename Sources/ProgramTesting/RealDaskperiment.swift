internal import Glibc
public import JSON
internal import SystemCalls
public import SystemPackage

/// The real daskperiment, run by a Python that has it.
public struct RealDaskperiment: Sendable, CustomStringConvertible {
    /// What it runs on, for people.
    public let description: String
    /// The Python that has it.
    public let python: FilePath

    /// The one on Python 3.7, with the libraries of its day; `$DASKPERIMENT_PYTHON` names another Python that has it.
    public static let older = RealDaskperiment("Python 3.7", "DASKPERIMENT_PYTHON", made: "daskperiment-venv")
    /// The one on Python 3.9, with the newest libraries that it runs on; `$DASKPERIMENT_NEWER_PYTHON` names another.
    public static let newer = RealDaskperiment(
        "Python 3.9", "DASKPERIMENT_NEWER_PYTHON", made: "daskperiment-newer-venv")
    /// Those that are there; in continuous integration all.
    public static let all = [older, newer].filter { $0.isThere || ContinuousIntegration.isRunning }

    /// Whether the tests that need it are run: in continuous integration they are, be it there or not.
    public static var isWanted: Bool { older.isThere || ContinuousIntegration.isRunning }

    /// Why they are passed over.
    public static let advice =
        "no Python with daskperiment: set DASKPERIMENT_PYTHON, or let scripts/test make one from requirements.txt"

    private init(_ description: String, _ name: String, made: String) {
        self.description = description
        let made = Self.root.appending(".build").appending(made).appending("bin/python")
        python = getenv(name).map { FilePath(String(cString: $0)) } ?? made
    }

    /// Whether it is ``older``.
    public var isOlder: Bool { python == Self.older.python }

    private var isThere: Bool { FileSystem.isPermitted(python, executing: true) }

    private static let root = FilePath(#filePath).appending("../../..").lexicallyNormalized()

    /// All that daskperiment reads of an experiment in a directory.
    public func read(_ experiment: String, in directory: FilePath, standingIn current: FilePath? = nil) throws
        -> JSON
    {
        try read(experiment, at: directory.string, standingIn: current)
    }

    /// All that daskperiment reads of an experiment in a store, by its address.
    public func read(_ experiment: String, at store: String, standingIn current: FilePath? = nil) throws -> JSON {
        let cwd = current.map { ["--cwd", $0.string] } ?? []
        let output = try run("check_record.py", [store, experiment] + cwd)
        return try JSON(parsing: output)
    }

    /// Runs one trial on an experiment in a directory; gives its number.
    public func addTrial(to experiment: String, in directory: FilePath) throws -> Int? {
        try addTrial(to: experiment, at: directory.string)
    }

    /// Runs one trial on an experiment in a store, by its address; gives its number.
    public func addTrial(to experiment: String, at store: String) throws -> Int? {
        let output = try run("add_trial.py", [store, experiment])
        return Int(String(decoding: output.dropLast(), as: UTF8.self))
    }

    /// What a script beside these tests prints, given lines on its standard input.
    public func answers(of script: String, _ arguments: [String] = [], to lines: [JSON] = []) throws -> [JSON] {
        var input: [UInt8] = []
        for line in lines { input += line.bytes() + [0x0A] }
        let output = try run(script, arguments, input: input)
        return try output.split(separator: 0x0A).map { try JSON(parsing: Array($0)) }
    }

    /// The Pythons that load pickles: that with daskperiment, and the system's.
    public var pythons: [FilePath] {
        let system = FilePath("/usr/bin/python3")
        return FileSystem.isPermitted(system, executing: true) ? [python, system] : [python]
    }

    /// What pickles hold, as a Python without daskperiment loads them.
    public func loaded(_ pickles: [FilePath], by python: FilePath) throws -> [JSON] {
        let output = try run("load_pickle.py", pickles.map(\.string), by: python)
        return try output.split(separator: 0x0A).map { try JSON(parsing: Array($0)) }
    }

    /// A script beside the tests, started.
    func started(
        _ script: String, _ arguments: [String], by chosen: FilePath? = nil
    ) throws -> ChildProcess {
        let python = chosen ?? python
        guard FileSystem.isPermitted(python, executing: true) else { throw ProgramError("\(python): \(Self.advice)") }
        let script = Self.root.appending("Tests/InteropTests").appending(script)
        return try ChildProcess(
            python, arguments: [python.string, script.string] + arguments,
            environment: ["PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/nonexistent", "TZ=UTC"])
    }

    private func run(
        _ name: String, _ arguments: [String], input: [UInt8] = [], by chosen: FilePath? = nil
    ) throws -> [UInt8] {
        var child = try started(name, arguments, by: chosen)
        // The scripts read all of their input before they print.
        try child.write(input)
        child.closeInput()
        var output: [UInt8] = []
        while let piece = try child.read(atMost: 1 << 16), !piece.isEmpty { output += piece }
        _ = try child.end()
        return output
    }
}
