import SystemCalls
public import SystemPackage
public import Trials

/// A folder that is watched, and all that its runs need to know.
public struct Project: Sendable, Equatable {
    /// The folder, absolute, as the configuration spells it.
    public let root: FilePath
    /// The experiment of its runs that name no other.
    public let experiment: Experiment.ID
    /// The entry that it comes from.
    public let settings: ProjectSettings
    /// Its store.
    public let backend: BackendChoice

    /// A folder under an entry; `common` is the store of entries that name none.
    ///
    /// Without `experiment:` it is called like its folder, spelt as an identifier. A store written inside the entry is
    /// the folder's own: its relative paths begin there, and its name tells it from those of other folders.
    public init(root: FilePath, settings: ProjectSettings, common: BackendChoice) {
        self.root = root
        self.settings = settings
        let experiment = settings.experiment ?? Experiment.ID.suggestion(for: root.lastComponent?.string ?? "")
        self.experiment = experiment
        var backend = settings.backend ?? common
        if backend.belongsToProject {
            backend.base = root
            backend.name = "\(backend.kind)-\(experiment)-\(shortHash(root))"
        }
        self.backend = backend
    }

    /// Whether a path, absolute and without links, lies in the folder or is it.
    public func contains(_ path: FilePath) -> Bool { path.starts(with: root) }
}

/// Eight digits that tell two folders of one name apart (FNV-1a): they need not withstand anybody.
private func shortHash(_ path: FilePath) -> String {
    let hash = path.withPlatformString { text -> UInt32 in
        var hash: UInt32 = 2_166_136_261
        var place = 0
        while text[place] != 0 {
            hash = (hash ^ UInt32(UInt8(bitPattern: text[place]))) &* 16_777_619
            place += 1
        }
        return hash
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
}

extension Configuration {
    /// The project that a folder is, by its absolute path; nil when no entry means it.
    ///
    /// An exact path beats a pattern, else the first entry wins.
    public func project(at folder: FilePath) -> Project? {
        let folder = folder.lexicallyNormalized()
        let entry =
            projects.first { $0.path.exact == folder }
            ?? projects.first { $0.path.exact == nil && $0.path.matches(folder) }
        return entry.map { Project(root: folder, settings: $0, common: backend) }
    }
}

extension Sequence<Project> {
    /// The project that a file belongs to: the deepest of those that it lies in.
    public func deepest(containing path: FilePath) -> Project? {
        filter { $0.contains(path) }.max { $0.root.components.count < $1.root.components.count }
    }

    /// The project that a path without links lies in, wherever links lead the projects' own paths; the deepest.
    public func deepest(holding path: FilePath) -> Project? {
        let places = map { project in (project, (try? FileSystem.resolve(project.root)) ?? project.root) }
        return places.filter { path.starts(with: $0.1) }.max { $0.1.components.count < $1.1.components.count }?.0
    }
}
