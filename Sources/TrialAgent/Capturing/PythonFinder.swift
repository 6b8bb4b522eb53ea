internal import SystemCalls
internal import SystemPackage

/// Finds the Python of a run by looking at files, and runs none.
struct PythonFinder {
    /// A Python, and which rule found it.
    struct Found {
        let environment: PythonEnvironment
        /// `marker`, `config`, `process`, `inferred`, `project`, `poetry`, `virtualenv`, `conda`, `pyenv` or `path`.
        let source: String
        /// What was passed over on the way, each as a sentence for the user.
        var problems: [String]
    }

    let subject: CaptureSubject

    /// The first that there is: what the marker says, what the configuration says, what the run's process is, an environment
    /// in the project or kept for it by Poetry, the environment that is active for the agent, the version that the project
    /// chooses of pyenv, `PATH`. What the marker or the configuration names is never replaced by another.
    func find() throws(AgentError) -> Found {
        let project = FilePath(subject.project)
        if let name = subject.markerPython {
            let folder = project.pushing(FilePath(subject.markerFolder))
            return try named(folder.pushing(FilePath(name)), "marker")
        }
        if let name = subject.configuredPython { return try named(project.pushing(FilePath(name)), "config") }
        if let name = subject.processPython, let environment = Self.environment(at: FilePath(name)) {
            return Found(
                environment: environment, source: subject.processIsInferred ? "inferred" : "process", problems: [])
        }
        for name in Self.customary {
            if let environment = environment(in: project.appending(name)) {
                return Found(environment: environment, source: "project", problems: [])
            }
        }
        if let environment = pixiEnvironment(in: project) {
            return Found(environment: environment, source: "project", problems: [])
        }
        if let folder = PoetryEnvironments(variables: subject.variables)?.environment(of: project),
            let environment = environment(in: folder)
        {
            return Found(environment: environment, source: "poetry", problems: [])
        }
        // An active virtual environment lies on top of an active conda environment.
        for (variable, source) in [("VIRTUAL_ENV", "virtualenv"), ("CONDA_PREFIX", "conda")] {
            guard let place = subject.variables[variable], place.hasPrefix("/") else { continue }
            if let environment = environment(in: FilePath(place)) {
                return Found(environment: environment, source: source, problems: [])
            }
        }
        if let environment = pyenvLocal() { return Found(environment: environment, source: "pyenv", problems: []) }
        return try searchPath()
    }

    /// Where a project has its environment by custom of venv, virtualenv, uv, conda and pixi.
    static let customary = [".venv", "venv", "env", ".conda", ".pixi/envs/default"]

    /// The only environment of a project that has none of pixi's usual name.
    private func pixiEnvironment(in project: FilePath) -> PythonEnvironment? {
        let folder = project.appending(".pixi/envs")
        let found = ((try? FileSystem.entries(of: folder)) ?? []).compactMap { entry in
            entry.kind == .directory ? environment(in: folder.appending(entry.name)) : nil
        }
        return found.count == 1 ? found.first : nil
    }

    /// What a `.python-version` of the project, or above it, chooses: the agent's `PATH` need not hold pyenv's shims.
    private func pyenvLocal() -> PythonEnvironment? {
        let root = subject.variables["PYENV_ROOT"] ?? subject.variables["HOME"].map { $0 + "/.pyenv" }
        guard let root, root.hasPrefix("/"), let versions = PyenvVersions(root: FilePath(root)) else { return nil }
        let chosen = versions.chosenExplicitly(
            for: FilePath(subject.project), variable: subject.variables["PYENV_VERSION"])
        return chosen?.firstAnswer { PythonEnvironment(folder: $0) }
    }

    /// `env` may be any folder; only one that says that it is an environment counts.
    private func environment(in folder: FilePath) -> PythonEnvironment? {
        guard FileSystem.isPermitted(folder.appending("pyvenv.cfg")) || isConda(folder) else { return nil }
        return PythonEnvironment(folder: folder)
    }

    private func isConda(_ folder: FilePath) -> Bool { FileSystem.isPermitted(folder.appending("conda-meta")) }

    private func named(_ place: FilePath, _ source: String) throws(AgentError) -> Found {
        guard let environment = Self.environment(at: place.lexicallyNormalized()) else {
            throw AgentError(
                .capturing, place.shown, "it is neither a Python nor the folder of a Python environment",
                remedy: "name an interpreter, or a folder with pyvenv.cfg, conda-meta or lib/python3*")
        }
        return Found(environment: environment, source: source, problems: [])
    }

    private func searchPath() throws(AgentError) -> Found {
        var problems: [String] = []
        let path = subject.variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in path.split(separator: ":") where folder.hasPrefix("/") {
            for name in ["python3", "python"] {
                let place = FilePath(String(folder)).appending(name)
                guard FileSystem.isPermitted(place, executing: true) else { continue }
                if let environment = Self.environment(at: place) {
                    return Found(environment: environment, source: "path", problems: problems)
                }
                if let environment = pyenvChoice(shims: FilePath(String(folder))) {
                    return Found(environment: environment, source: "path", problems: problems)
                }
                problems.append(
                    "\(place.shown) chooses a Python only when it is run, and was passed over (say `python:` in the configuration)"
                )
                break
            }
        }
        throw AgentError(
            .capturing, subject.project, "no Python was found: none in the project, and none in PATH that can be read",
            remedy: "say `python:` in the marker or in the configuration")
    }

    private func pyenvChoice(shims folder: FilePath) -> PythonEnvironment? {
        let project = FilePath(subject.project)
        let chosen = PyenvVersions(shims: folder)?.chosen(for: project, variable: subject.variables["PYENV_VERSION"])
        return chosen?.firstAnswer { PythonEnvironment(folder: $0) }
    }

    /// The environment that an interpreter or a folder stands for.
    static func environment(at place: FilePath) -> PythonEnvironment? {
        guard let status = try? FileStatus(of: place, followingLinks: true) else { return nil }
        if status.kind == .directory { return PythonEnvironment(folder: place) }
        guard status.kind == .regular, FileSystem.isPermitted(place, executing: true) else { return nil }
        // As Python itself does (site.py, getpath.py): pyvenv.cfg beside the interpreter or one folder up, before the
        // links to the installation below are followed.
        var link = place
        for _ in 0..<40 {
            let folder = link.removingLastComponent()
            for candidate in [folder, folder.removingLastComponent()]
            where FileSystem.isPermitted(candidate.appending("pyvenv.cfg")) {
                return PythonEnvironment(folder: candidate, executable: place)
            }
            guard let target = try? FileSystem.target(ofLink: link) else { break }
            link = folder.pushing(target).lexicallyNormalized()
        }
        guard let real = try? FileSystem.resolve(place) else { return nil }
        // A script has no library of its own beside it: what it would run is not known without running it.
        guard smallFileStart(real) != Array("#!".utf8) else { return nil }
        guard
            var environment = PythonEnvironment(
                folder: real.removingLastComponent().removingLastComponent(), executable: real)
        else { return nil }
        environment.executable = place
        return environment
    }

    private static func smallFileStart(_ path: FilePath) -> [UInt8]? {
        try? OwnedDescriptor(opening: path, .readOnly, options: .nonBlocking).read(atMost: 2)
    }
}
