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
}

extension WatchedProject {
    /// A configured project, of an agent that works for `user`.
    init(_ project: Project, backfilling: Bool, user: UInt32) {
        self.init(
            root: project.root, experiment: project.experiment, backend: project.backend.name,
            owners: Self.owners(project.settings, user: user), backfill: backfilling || project.settings.backfill)
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
