internal import SystemCalls
internal import SystemPackage
internal import Trials

/// A Python installation or virtual environment, as its files tell it.
struct PythonEnvironment: Equatable {
    /// `sys.prefix`.
    var prefix: FilePath
    /// `sys.base_prefix`: that of the installation below a virtual environment.
    var basePrefix: FilePath
    /// The interpreter; nil when only the folder is known.
    var executable: FilePath?
    /// The name of its library's folder: `python3.11`.
    var library: String
    /// `3.11.7`, or `3.11` when no file tells more.
    var version: String
    /// True when a virtual environment sees the packages of the installation below it.
    var seesBasePackages: Bool

    var isVirtual: Bool { prefix != basePrefix }
    var implementation: String { library.hasPrefix("pypy") ? "PyPy" : "CPython" }
    /// Major and minor version, for comparisons: `(3, 11)`.
    var series: (Int, Int) {
        let numbers = version.split(separator: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) ?? 0 }
        return (numbers.first ?? 0, numbers.count > 1 ? numbers[1] : 0)
    }

    /// The environment that a folder is; nil when nothing in it says so.
    init?(folder: FilePath, executable: FilePath? = nil) {
        guard let settings = Self.settings(of: folder) else {
            let hint = executable?.lastComponent?.string
            guard let library = Self.library(in: folder, preferring: hint) else { return nil }
            self.init(folder, base: folder, executable, library, version: nil, seesBase: false)
            return
        }
        // pyvenv.cfg (PEP 405): `home` is the folder of the interpreter below.
        guard let home = settings["home"] else { return nil }
        let base = FilePath(home).removingLastComponent()
        let said = settings["version_info"] ?? settings["version"]
        let series = said.map { "python" + $0.split(separator: ".").prefix(2).joined(separator: ".") }
        guard let library = Self.library(in: folder, preferring: series) else { return nil }
        let seesBase = settings["include-system-site-packages"]?.lowercased() == "true"
        self.init(folder, base: base, executable, library, version: said, seesBase: seesBase)
    }

    private init(
        _ prefix: FilePath, base: FilePath, _ executable: FilePath?, _ library: String, version: String?, seesBase: Bool
    ) {
        self.prefix = prefix
        self.basePrefix = base
        self.library = library
        seesBasePackages = seesBase
        let interpreters = [library, "python3", "python"].map { prefix.appending("bin").appending($0) }
        self.executable = executable ?? interpreters.first { FileSystem.isPermitted($0, executing: true) }
        // What the installation says of itself now comes before what it said when the environment was made.
        self.version =
            Self.headerVersion(base, library) ?? Self.condaVersion(base) ?? version.map(Self.plainVersion)
            ?? String(library.drop { !$0.isNumber })
    }

    /// The settings in `pyvenv.cfg`; nil without one.
    private static func settings(of folder: FilePath) -> [String: String]? {
        guard let text = SafeFolder.text("pyvenv.cfg", of: folder) else { return nil }
        var settings: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let equals = line.firstIndex(of: "=") else { continue }
            settings[line[..<equals].trimmedASCII.lowercased()] = String(
                line[line.index(after: equals)...].trimmedASCII)
        }
        return settings
    }

    /// The folder of the library below `lib`: the preferred one, else the newest.
    private static func library(in folder: FilePath, preferring name: String?) -> String? {
        let names = ((try? FileSystem.entries(of: folder.appending("lib"))) ?? []).map(\.name.string).filter { name in
            let series = name.drop { !$0.isNumber }
            return (name.hasPrefix("python") || name.hasPrefix("pypy")) && series.contains(".")
                && series.allSatisfy { $0.isNumber || $0 == "." }
        }
        if let name, names.contains(name) { return name }
        func minor(_ name: String) -> Int { Int(name.split(separator: ".").last ?? "") ?? 0 }
        func major(_ name: String) -> Int { Int(name.drop { !$0.isNumber }.prefix { $0.isNumber }) ?? 0 }
        return names.max { (major($0), minor($0)) < (major($1), minor($1)) }
    }

    private static func headerVersion(_ base: FilePath, _ library: String) -> String? {
        let headers = base.appending("include").appending(library)
        guard let text = SafeFolder.text("patchlevel.h", of: headers),
            let line = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("#define PY_VERSION ") })
        else { return nil }
        let parts = line.split(separator: "\"")
        return parts.count > 1 ? String(parts[1]) : nil
    }

    /// conda keeps a file `python-3.11.7-h955ad1f_0.json` for the interpreter that it installed.
    private static func condaVersion(_ base: FilePath) -> String? {
        CondaPackage.installed(in: base)?.first { $0.name == "python" }?.version
    }

    /// virtualenv writes `3.13.0.candidate.1` for what Python itself calls `3.13.0rc1`.
    private static func plainVersion(_ text: String) -> String {
        let parts = text.split(separator: ".")
        guard parts.count == 5 else { return text }
        let number = parts.prefix(3).joined(separator: ".")
        let suffix = ["alpha": "a", "beta": "b", "candidate": "rc"][String(parts[3])]
        return suffix.map { number + $0 + parts[4] } ?? number
    }
}

/// A package that conda installed.
struct CondaPackage: Equatable {
    let name: String
    let version: String
    let build: String
    /// The name of the file that notes it.
    let note: String

    /// From `name-version-build.json`.
    init?(fileName: String) {
        guard fileName.hasSuffix(".json") else { return nil }
        note = fileName
        let parts = fileName.dropLast(5).split(separator: "-")
        guard parts.count >= 3 else { return nil }
        name = parts.dropLast(2).joined(separator: "-")
        version = String(parts[parts.count - 2])
        build = String(parts[parts.count - 1])
    }

    /// The packages of a conda environment, by name; nil where there is none.
    static func installed(in prefix: FilePath) -> [CondaPackage]? {
        guard let entries = try? FileSystem.entries(of: prefix.appending("conda-meta")) else { return nil }
        return entries.compactMap { CondaPackage(fileName: $0.name.string) }.sorted { $0.name < $1.name }
    }
}
