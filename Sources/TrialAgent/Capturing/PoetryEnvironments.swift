internal import Bytes
internal import SystemCalls
internal import SystemPackage

/// The virtual environments that Poetry keeps for projects outside of them.
///
/// Poetry names them after the project and its folder: `digits-pGw1hSbO-py3.11`.
struct PoetryEnvironments {
    private let folder: FilePath

    /// Where they are by these variables, or by default; nil when that is nowhere.
    init?(variables: [String: String]) {
        let named: [(variable: String, below: FilePath)] = [
            ("POETRY_VIRTUALENVS_PATH", ""), ("POETRY_CACHE_DIR", "virtualenvs"),
            ("XDG_CACHE_HOME", "pypoetry/virtualenvs"), ("HOME", ".cache/pypoetry/virtualenvs"),
        ]
        guard
            let place = named.firstAnswer({ place in
                variables[place.variable].map { (root: $0, below: place.below) }
            }), place.root.hasPrefix("/")
        else { return nil }
        folder = FilePath(place.root).pushing(place.below)
    }

    /// The environment of a project; of several the one that Poetry notes as activated, else that of the newest Python.
    func environment(of project: FilePath) -> FilePath? {
        guard FileSystem.isPermitted(project.appending("pyproject.toml")), let real = try? FileSystem.resolve(project)
        else { return nil }
        let mark = "-\(Self.hash(of: real))-py"
        let names = ((try? FileSystem.entries(of: folder)) ?? []).compactMap { entry -> (name: String, minor: Int)? in
            let name = entry.name.string
            guard let version = name.split(separator: "-").last, version.hasPrefix("py"),
                name.hasSuffix(mark + version.dropFirst(2)),
                let minor = version.split(separator: ".").dropFirst().first.flatMap({ Int($0) })
            else { return nil }
            return (name, minor)
        }
        let activated = names.first { isActivated($0.name) }
        return (activated ?? names.max { $0.minor < $1.minor }).map { folder.appending($0.name) }
    }

    /// The first letters of the folder's SHA-256 as Base64 for addresses.
    static func hash(of project: FilePath) -> String {
        let path = project.withPlatformString { text in (0..<project.length).map { UInt8(bitPattern: text[$0]) } }
        let text = Base64.text(SHA256.digest(of: path).bytes).prefix(8)
        return String(text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    /// Whether `envs.toml` says so: a table for each project, with `minor = "3.11"`.
    private func isActivated(_ name: String) -> Bool {
        guard let opened = try? SafeFolder.packages(folder, owners: []),
            let bytes = try? opened.read("envs.toml", limit: 1 << 20),
            let end = name.utf8.lastIndex(of: UInt8(ascii: "-")),
            let start = name.index(end, offsetBy: 3, limitedBy: name.endIndex)
        else { return false }
        let (project, version) = (name[..<end], name[start...])
        var isInTable = false
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let line = line.trimmedASCII
            if line.hasPrefix("[") { isInTable = line == "[\(project)]" }
            if isInTable, line.hasPrefix("minor"), line.hasSuffix("\"\(version)\"") { return true }
        }
        return false
    }
}
