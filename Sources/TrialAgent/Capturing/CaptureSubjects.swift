import SystemCalls
import SystemPackage

/// What each run's capture is about: its project's settings, and what its marker says.
struct CaptureSubjects: Sendable {
    private let current: CurrentPlan
    private let parts: Agent.Parts

    /// What capturers may ask of the agent's own environment: where programs and Pythons are.
    private static let variables = [
        "PATH", "HOME", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYENV_ROOT", "PYENV_VERSION",
        "POETRY_CACHE_DIR", "POETRY_VIRTUALENVS_PATH", "XDG_CACHE_HOME",
    ]

    init(_ current: CurrentPlan, _ parts: Agent.Parts) {
        self.current = current
        self.parts = parts
    }

    /// Where what interpreters print is kept; nil where none is run whatever the configuration says: as root, and in a unit of
    /// the system's, whose agent works for others than whoever wrote the configuration.
    private var libraryTexts: FilePath? {
        let surroundings = parts.surroundings
        let isSystemUnit = surroundings.variables["INVOCATION_ID"] != nil && surroundings.runtimeDirectory == nil
        return surroundings.isRoot || isSystemUnit ? nil : parts.configuration.state.appending("libraries")
    }

    /// The subject of a run's capture; what a marker names starts at the marker's folder.
    func subject(of run: ClaimedRun, _ wish: CaptureWish) -> CaptureSubject {
        let settings = current.project(at: run.place.project)?.settings
        let folder = run.place.path.removingLastComponent().string
        let named = wish.code.map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
        let configured = settings?.code.map(\.text) ?? []
        let script = wish.script.map { [PathPattern.escaping($0)] } ?? []
        return CaptureSubject(
            project: run.place.project.string, markerPython: wish.python,
            // The folder matters only to what is relative to it: runs that name nothing share one capture.
            markerFolder: wish.python == nil ? "" : folder, configuredPython: settings?.python?.string,
            processPython: wish.processPython,
            processIsInferred: wish.processPython != nil && wish.writing != nil, searchPath: wish.searchPath ?? [],
            code: !named.isEmpty ? named : !configured.isEmpty ? configured : script,
            markers: settings?.markers.patterns.map(\.text) ?? [],
            owners: WatchedProject.owners(settings, user: parts.surroundings.userIdentifier).sorted(),
            variables: parts.surroundings.variables.filter { Self.variables.contains($0.key) },
            runsInterpreter: settings?.runInterpreter ?? false,
            libraryTexts: settings?.runInterpreter == true ? libraryTexts?.string : nil, agentVersion: parts.version,
            agentPath: parts.executable.string)
    }
}
