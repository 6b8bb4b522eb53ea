import SystemCalls
import SystemPackage
import Trials

/// What each run's capture is about: its project's settings, and what its marker says.
struct CaptureSubjects: Sendable {
    private let current: CurrentPlan
    private let parts: Agent.Parts

    /// What capturers may ask of the agent's own environment: where programs and Pythons are.
    private static let variables = [
        "PATH", "HOME", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYENV_ROOT", "PYENV_VERSION",
        "POETRY_CACHE_DIR", "POETRY_VIRTUALENVS_PATH", "XDG_CACHE_HOME",
    ]

    /// The folder of the state directory that stores of snapshots are in.
    static let stores = "snapshots"

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

    /// What a capture of a project's files is about, for no run.
    func subject(of project: FilePath) -> CaptureSubject {
        let settings = current.project(at: project)?.settings
        return CaptureSubject(
            project: project.string, markers: settings?.markers.patterns.map(\.text) ?? [],
            owners: WatchedProject.owners(settings, user: parts.surroundings.userIdentifier).sorted(),
            snapshot: snapshots(settings), agentVersion: parts.version, agentPath: parts.executable.string)
    }

    private func snapshots(_ settings: ProjectSettings?, packs: String? = nil) -> SnapshotWish {
        SnapshotWish(
            stores: parts.configuration.state.appending(Self.stores).string,
            settings?.snapshot ?? SnapshotLimits(), ignore: settings?.ignore.added ?? [],
            packs: packs)
    }

    /// The folder for packs that other hosts get; nil when none of them reads the store.
    private func packs(for backend: String) -> String? {
        let store = current.plan.stores.first { $0.choice.name == backend }
        guard store?.backend.writer.isReadByOtherHosts == true else { return nil }
        return SpoolFiles.begun(in: parts.configuration.state).string
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
            libraryTexts: settings?.runInterpreter == true ? libraryTexts?.string : nil,
            snapshot: snapshots(settings, packs: packs(for: run.backend)),
            agentVersion: parts.version,
            agentPath: parts.executable.string)
    }
}
