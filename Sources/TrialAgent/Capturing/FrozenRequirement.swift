internal import Git
internal import SystemCalls
internal import SystemPackage

/// A package as `pip freeze --all` prints it.
struct FrozenRequirement {
    let name: String
    /// One line, or for an editable install comments and then the line.
    let lines: [String]

    init(_ package: InstalledPackage, git: GitLibrary?) {
        name = package.metadata.name
        if let folder = package.editableFolder {
            lines = Self.editable(package, folder.lexicallyNormalized(), git)
        } else if let direct = package.direct {
            lines = [direct.requirement(named: name)]
        } else {
            lines = [Self.pinned(package)]
        }
    }

    /// Names that pip never lists: such a package stands for a part of Python itself.
    static let unlisted: Set<String> = ["python", "wsgiref", "argparse"]

    /// pip's order: by name in lower case, by code point.
    static func inOrder(_ requirements: [FrozenRequirement]) -> [FrozenRequirement] {
        requirements.enumerated().map { ($0.element.name.lowercased(), $0.offset, $0.element) }
            .sorted { left, right in
                left.0 == right.0
                    ? left.1 < right.1 : left.0.unicodeScalars.lexicographicallyPrecedes(right.0.unicodeScalars)
            }.map(\.2)
    }

    private static func pinned(_ package: InstalledPackage) -> String {
        let (name, version) = (package.metadata.name, package.metadata.version)
        return PackageVersion(version).map { "\(name)==\($0.text)" } ?? "\(name)===\(version)"
    }

    private static func editable(_ package: InstalledPackage, _ folder: FilePath, _ git: GitLibrary?) -> [String] {
        let plain = "-e \(folder.string)"
        guard let git, let real = try? FileSystem.resolve(folder),
            case .found(let repository)? = try? git.search(around: real, below: "/"),
            let state = try? repository.outline()
        else { return ["# Editable install with no version control (\(pinned(package)))", plain] }
        guard let remote = state.remotes.first(where: { $0.name == "origin" }) ?? state.remotes.first else {
            return ["# Editable Git install with no remote (\(pinned(package)))", plain]
        }
        guard let address = requirementAddress(remote) else {
            return [
                "# Editable Git install (\(pinned(package))) with either a deleted local remote or invalid URI:",
                "# '\(remote.address)'", plain,
            ]
        }
        guard let commit = state.commit else { return ["## !! Could not determine repository location", plain] }
        let egg = String(package.metadata.name.map { $0 == "-" ? "_" : $0 })
        let below = subfolder(of: real, in: state.workTree).map { "&subdirectory=\($0)" } ?? ""
        return ["-e git+\(address)@\(commit)#egg=\(egg)\(below)"]
    }

    /// The address in a form that pip takes: a URL as it is, a folder as a `file:` URL, `host:path` as an `ssh:` URL.
    private static func requirementAddress(_ remote: RepositoryState.Remote) -> String? {
        let user = remote.hasUserGit ? "git@" : ""
        let parts = remote.address.split(separator: "://", maxSplits: 1)
        if parts.count == 2 { return "\(parts[0])://\(user)\(parts[1])" }
        if (try? FileStatus.ifPresent(FilePath(remote.address), followingLinks: true)) ?? nil != nil {
            return "file://" + FilePath(remote.address).percentEncoded
        }
        guard let colon = remote.address.firstIndex(of: ":"), !remote.address[..<colon].contains("/") else {
            return nil
        }
        let path = remote.address[remote.address.index(after: colon)...].drop { $0 == "/" }
        return "ssh://\(user)\(remote.address[..<colon])/\(path)"
    }

    /// The Python project's folder below the work tree; nil when it is the work tree itself.
    private static func subfolder(of folder: FilePath, in workTree: FilePath) -> String? {
        var project = folder
        while !["pyproject.toml", "setup.py"].contains(where: { FileSystem.isPermitted(project.appending($0)) }) {
            guard project.removeLastComponent() else { return nil }
        }
        guard project != workTree, project.starts(with: workTree) else { return nil }
        return FilePath(root: nil, project.components.dropFirst(workTree.components.count)).string
    }
}
