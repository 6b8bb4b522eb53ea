public import SystemCalls
public import SystemPackage

/// Which projects are there now.
public struct ProjectDiscovery: Sendable {
    /// The folders that are there, each once.
    public private(set) var projects: [Project] = []
    /// The folders that entries name and that are not there.
    public private(set) var missing: [FilePath] = []
    /// The folders in which a new folder may become a project.
    public private(set) var parents: [FilePath] = []
    /// What could not be looked at.
    public private(set) var failures: [SystemCallError] = []

    /// The folders that entries name and that do not answer; they are among those that are missing.
    public private(set) var silent: Set<FilePath>

    private let answering: AnsweringFolders

    /// Looks the entries' folders up; a pattern's folders are read, level by level.
    public init(_ configuration: Configuration, answering: AnsweringFolders = AnsweringFolders()) {
        self.answering = answering
        silent = answering.silent(among: configuration.projects.map { $0.path.exact ?? $0.path.start })
        var folders: [FilePath] = []
        for entry in configuration.projects {
            guard let exact = entry.path.exact else {
                folders += matches(of: entry.path)
                continue
            }
            guard !silent.contains(exact) else {
                missing.append(exact)
                continue
            }
            switch isFolder(exact) {
            case true?: folders.append(exact)
            case false?: missing.append(exact)
            case nil: break
            }
        }
        // Two spellings of one folder, by links or mounts, are one project: the first that is listed.
        var seen: Set<Identity> = []
        for folder in folders {
            let status = try? FileStatus(of: folder, followingLinks: true)
            let identity = status.map { Identity.file($0.device, $0.inode) } ?? .path(folder)
            guard seen.insert(identity).inserted, let project = configuration.project(at: folder) else { continue }
            projects.append(project)
        }
    }

    private enum Identity: Hashable {
        case file(UInt64, UInt64)
        case path(FilePath)
    }

    private mutating func matches(of path: ProjectPath) -> [FilePath] {
        guard !silent.contains(path.start) else {
            missing.append(path.start)
            return []
        }
        var folders = [path.start]
        if isFolder(path.start) == false { missing.append(path.start) }
        for level in 0..<path.levels {
            var next: [FilePath] = []
            for folder in folders where isFolder(folder) == true {
                if !parents.contains(folder) { parents.append(folder) }
                do throws(SystemCallError) {
                    let names = try FileSystem.entries(of: folder).map(\.name)
                    next += names.filter { name in
                        path.matches(name.string, level: level)
                            && !IgnoreRules().ignoresEntry(FilePath(name.string), isDirectory: true)
                    }
                    .sorted { $0.string < $1.string }.map { folder.appending($0) }
                } catch {
                    failures.append(error.about(folder))
                }
            }
            let silent = answering.silent(among: next)
            failures += next.filter { silent.contains($0) }.map { .silent($0) }
            folders = next.filter { !silent.contains($0) && !leadsBack($0) }
        }
        return folders.filter { isFolder($0) == true }
    }

    /// Whether a name is a link to a folder above it, which would make a project of everything that is beside it.
    private mutating func leadsBack(_ path: FilePath) -> Bool {
        guard (try? FileStatus(of: path))?.kind == .symbolicLink, let target = try? FileSystem.resolve(path),
            let place = try? FileSystem.resolve(path.removingLastComponent()), place.starts(with: target)
        else { return false }
        failures.append(SystemCallError(call: "open", subject: path.shown, errno: .tooManySymbolicLinkLevels))
        return true
    }

    /// Whether a folder is there, links followed; nil, noted as a failure, when that cannot be said.
    private mutating func isFolder(_ path: FilePath) -> Bool? {
        do throws(SystemCallError) {
            return try FileStatus.ifPresent(path, followingLinks: true)?.kind == .directory
        } catch {
            failures.append(error.about(path))
            return nil
        }
    }
}

extension SystemCallError {
    /// Whatever a folder is on does not answer.
    static func silent(_ folder: FilePath) -> SystemCallError {
        SystemCallError(call: "open", subject: folder.shown, errno: .timedOut)
    }
}
