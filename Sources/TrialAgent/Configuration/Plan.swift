import SystemCalls
import SystemPackage

/// What a configuration and the folders that are there come to: what is watched, and where its trials go.
struct Plan: Sendable {
    /// A store as it is written, and as it was opened.
    struct Store: Sendable {
        let choice: BackendChoice
        let backend: NamedBackend
    }

    /// What was configured.
    let configuration: Configuration
    /// What is watched, folders that are not there among them.
    let projects: [Project]
    /// Folders in which a new folder may become a project.
    let parents: [FilePath]
    /// Which folders these are: another one may be mounted in their place.
    private let identities: [FilePath: Identity]
    /// Every store that something may be filed in.
    let stores: [Store]
    /// What the user should know of it, as sentences.
    let notices: [String]

    /// What a configuration comes to now. A store that was open `before` stays open when it is written as it was.
    ///
    /// Throws when a store cannot be opened.
    init(
        _ configuration: Configuration, after before: Plan? = nil, answering: AnsweringFolders = AnsweringFolders(),
        opening open: (BackendChoice) throws(AgentError) -> NamedBackend
    ) throws(AgentError) {
        self.configuration = configuration
        let discovery = ProjectDiscovery(configuration, answering: answering)
        var projects = discovery.projects + discovery.missing.compactMap { configuration.project(at: $0) }
        // A folder that cannot be looked at just now has not gone.
        for known in before?.projects ?? [] where !projects.contains(where: { $0.root == known.root }) {
            guard !answering.answers(known.root) || Self.isUncertain(known.root),
                let project = configuration.project(at: known.root)
            else { continue }
            projects.append(project)
        }
        self.projects = projects
        parents = discovery.parents
        identities = discovery.parents.reduce(into: [:]) { $0[$1] = Identity(of: $1) }
        var stores: [Store] = []
        for choice in [configuration.backend] + configuration.backends + projects.map(\.backend)
        where !stores.contains(where: { $0.choice.name == choice.name }) {
            if let known = before?.stores.first(where: { $0.choice.isSame(as: choice) }) {
                stores.append(Store(choice: choice, backend: known.backend))
            } else {
                stores.append(Store(choice: choice, backend: try open(choice)))
            }
        }
        // What was claimed of a project that is dropped is still filed in the store that was the project's own.
        for left in before?.stores ?? []
        where left.choice.belongsToProject && !stores.contains(where: { $0.choice.name == left.choice.name }) {
            if !answering.answers(left.choice.base) || Self.isFolder(left.choice.base) { stores.append(left) }
        }
        self.stores = stores
        let absent = configuration.projects.map(\.path).filter { path in
            path.exact == nil && discovery.missing.contains(path.start)
        }
        let silent = discovery.silent
        notices =
            configuration.notYetImplemented.map { "\($0)" } + discovery.failures.map { "\($0)" }
            + absent.map {
                "\($0.text): \($0.start.shown) \(silent.contains($0.start) ? "does not answer" : "is not there"); "
                    + "it is looked for every \(configuration.rescan)"
            }
    }

    /// The projects as the desk knows them; those in `appeared` have come into being while their place was watched, so that
    /// whatever is in them is new.
    func watched(
        user: UInt32, backfilling: Bool, appeared: Set<FilePath> = [], keepingOutOf own: [FilePath]
    ) -> [WatchedProject] {
        projects.map { project in
            var watched = WatchedProject(
                project, backfilling: backfilling || appeared.contains(project.root), user: user,
                settle: configuration.settle)
            watched.folder = WatchedFolder(
                project, beside: projects, keepingOutOf: own + stores.compactMap(\.backend.folder))
            return watched
        }
    }

    /// The projects that have come into being, since an earlier plan, in folders that were watched for it: whatever is in them is
    /// new. What came with a disk that was put in, or lies in a folder that could not be looked into before, is not.
    func appeared(since before: Plan) -> Set<FilePath> {
        let known = Set(before.projects.map(\.root))
        return Set(projects.map(\.root)).subtracting(known).filter { root in
            guard before.configuration.project(at: root) != nil, let own = Identity(of: root) else { return false }
            return before.identities.contains { parent, identity in
                root.starts(with: parent) && identities[parent] == identity && own.device == identity.device
            }
        }
    }

    private struct Identity: Equatable {
        var device: UInt64
        var inode: UInt64

        init?(of folder: FilePath) {
            guard let status = try? FileStatus(of: folder, followingLinks: true) else { return nil }
            (device, inode) = (status.device, status.inode)
        }
    }

    private static func isUncertain(_ folder: FilePath) -> Bool {
        do throws(SystemCallError) {
            _ = try FileStatus.ifPresent(folder, followingLinks: true)
            return false
        } catch {
            return true
        }
    }

    private static func isFolder(_ path: FilePath) -> Bool {
        (try? FileStatus.ifPresent(path, followingLinks: true))??.kind == .directory
    }
}
