import SystemCalls
import SystemPackage
import Trials

/// What the reader of markers needs to know of a project.
struct WatchedProject: Sendable {
    /// Its folder, as the configuration names it.
    var root: FilePath
    /// Where its trials go, unless a marker names another experiment.
    var experiment: Experiment.ID
    /// The name of the backend that they go to.
    var backend: String
    /// Users whose files are read.
    var owners: Set<UInt32>
    /// True when markers that are there before the first watch are trials, too.
    var backfill: Bool
    /// True when the agent writes what came of a marker beside it.
    var writesReceipts = false
    /// Folders outside of the project whose files a marker may name.
    var allowed: [FilePath] = []
    /// When its runs end that their markers do not end.
    var ends = EndSettings()
    /// Which variables of its processes' environments are recorded.
    var variables = EnvironmentAllowList()
    /// What is watched of it; nil for a folder that is not watched.
    var folder: WatchedFolder?
}

extension WatchedProject {
    /// Where the files may lie that a marker names.
    func scope(of marker: MarkerPlace) -> NamedFiles.Scope {
        NamedFiles.Scope(
            project: root, markerFolder: marker.path.removingLastComponent(), owners: owners, allowed: allowed)
    }

    /// A configured project, of an agent that works for `user`.
    init(_ project: Project, backfilling: Bool, user: UInt32, settle: Duration) {
        self.init(
            root: project.root, experiment: project.experiment, backend: project.backend.name,
            owners: Self.owners(project.settings, user: user), backfill: backfilling || project.settings.backfill,
            writesReceipts: project.settings.receipts, allowed: project.settings.allowPaths,
            ends: EndSettings(
                grace: project.settings.grace,
                // What is moved shows itself as new, and counts when it was left alone for as long as it takes to settle.
                search: max(project.settings.grace, settle * 2), stale: project.settings.stale,
                staleClose: project.settings.staleClose,
                unknownExit: project.settings.unknownExit.state),
            variables: EnvironmentAllowList(additions: project.settings.environmentVariables))
    }

    /// A folder that is in no project, as if it were one with the defaults.
    static func unwatched(
        _ root: FilePath, experiment: Experiment.ID? = nil, backend: String, user: UInt32
    ) -> WatchedProject {
        WatchedProject(
            root: root, experiment: experiment ?? Experiment.ID.suggestion(for: root.lastComponent?.string ?? ""),
            backend: backend, owners: owners(nil, user: user), backfill: false)
    }

    /// The agent's own user, root, and those that the configuration names.
    static func owners(_ settings: ProjectSettings?, user: UInt32) -> Set<UInt32> {
        let named = (settings?.owners ?? []).compactMap { owner -> UInt32? in
            switch owner {
            case .identifier(let identifier): identifier
            case .name(let name): (try? User(named: name))?.identifier
            }
        }
        return Set(named + [user, 0])
    }
}
