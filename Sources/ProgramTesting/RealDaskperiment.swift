internal import Glibc
public import JSON
internal import SystemCalls
public import SystemPackage

/// The real daskperiment, run by a Python that has it.
public enum RealDaskperiment {
    /// That Python: `$DASKPERIMENT_PYTHON`, else the one that `scripts/test` makes; nil when neither is there.
    public static let python: FilePath? = {
        let made = root.appending(".build/daskperiment-venv/bin/python")
        let candidates = [variable("DASKPERIMENT_PYTHON").map { FilePath($0) }, made]
        return candidates.compactMap { $0 }.first { FileSystem.isPermitted($0, executing: true) }
    }()

    /// Whether these tests may be passed over for want of it: never in continuous integration.
    public static var mayBeMissing: Bool { variable("CI") != "true" }

    private static let root = FilePath(#filePath).appending("../../..").lexicallyNormalized()

    /// Why they are passed over.
    public static let advice =
        "no Python with daskperiment: set DASKPERIMENT_PYTHON, or let scripts/test make one from requirements.txt"

    /// All that daskperiment reads of an experiment in a directory.
    public static func read(_ experiment: String, in directory: FilePath, standingIn current: FilePath? = nil) throws
        -> JSON
    {
        let cwd = current.map { ["--cwd", $0.string] } ?? []
        let output = try run("check_record.py", [directory.string, experiment] + cwd)
        return try JSON(parsing: output)
    }

    /// Runs one trial on an experiment in a directory; gives its number.
    public static func addTrial(to experiment: String, in directory: FilePath) throws -> Int? {
        let output = try run("add_trial.py", [directory.string, experiment])
        return Int(String(decoding: output.dropLast(), as: UTF8.self))
    }

    /// What a script beside these tests prints, given lines on its standard input.
    public static func answers(of script: String, _ arguments: [String] = [], to lines: [JSON] = []) throws -> [JSON] {
        var input: [UInt8] = []
        for line in lines { input += line.bytes() + [0x0A] }
        let output = try run(script, arguments, input: input)
        return try output.split(separator: 0x0A).map { try JSON(parsing: Array($0)) }
    }

    /// The Pythons that load pickles: that with daskperiment, and the system's.
    public static func pythons() throws -> [FilePath] {
        guard let python else { throw ProgramError(advice) }
        let system = FilePath("/usr/bin/python3")
        return FileSystem.isPermitted(system, executing: true) ? [python, system] : [python]
    }

    /// What pickles hold, as a Python without daskperiment loads them.
    public static func loaded(_ pickles: [FilePath], by python: FilePath) throws -> [JSON] {
        let output = try run("load_pickle.py", pickles.map(\.string), by: python)
        return try output.split(separator: 0x0A).map { try JSON(parsing: Array($0)) }
    }

    /// What such a Python is started with.
    static let environment = ["PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/nonexistent", "TZ=UTC"]

    /// A script beside these tests.
    static func script(_ name: String) -> FilePath { root.appending("Tests/InteropTests").appending(name) }

    private static func run(
        _ name: String, _ arguments: [String], input: [UInt8] = [], by chosen: FilePath? = nil
    ) throws -> [UInt8] {
        guard let python = chosen ?? python else { throw ProgramError(advice) }
        var child = try ChildProcess(
            python, arguments: [python.string, script(name).string] + arguments, environment: environment)
        // The scripts read all of their input before they print.
        try child.write(input)
        child.closeInput()
        var output: [UInt8] = []
        while let piece = try child.read(atMost: 1 << 16), !piece.isEmpty { output += piece }
        _ = try child.end()
        return output
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
