internal import CGit2
public import SystemPackage

/// libgit2 of this process, told where the user's settings are: the only way to a ``Repository``.
///
/// libgit2 runs no program that a repository or a setting names: no fsmonitor, no filter, no hook, no pager. From the
/// settings it takes values, such as which files are ignored and how lines end.
public struct GitLibrary: Sendable {
    /// Starts libgit2, which has one set of search paths a process: make one library, before any repository is open.
    ///
    /// `home` holds `.gitconfig`; `configuration` is what `$XDG_CONFIG_HOME` names, by default `home/.config`. The
    /// environment is not looked at.
    public init(home: FilePath, configuration: FilePath? = nil) throws(GitError) {
        // Never shut down: libgit2 counts, and the process ends with it.
        try check("git_libgit2_init") { git_libgit2_init() }
        // A store has many packs until they are packed anew, and a process may have only so many files open.
        try check("git_libgit2_opts") { CGit2_limit(Self.mostKept, Self.mostOpen) }
        let levels = [
            (GIT_CONFIG_LEVEL_SYSTEM, FilePath("/etc")), (GIT_CONFIG_LEVEL_GLOBAL, home),
            (GIT_CONFIG_LEVEL_XDG, (configuration ?? home.appending(".config")).appending("git")),
        ]
        for (level, path) in levels {
            try check("git_libgit2_opts") { path.withPlatformString { CGit2_setSearchPath(level.rawValue, $0) } }
        }
    }

    /// Bytes of trees and commits that are kept in memory.
    private static let mostKept = 1 << 20
    private static let mostOpen = 256

    /// Looks for the repository that a folder lies in, upwards from it and only below `ceiling`, on one file system.
    ///
    /// Both paths are absolute and free of symbolic links. A repository whose work tree does not hold the folder, or is
    /// not below the ceiling, as a `core.worktree` may say, is refused. Throws for a repository that is damaged.
    public func search(around folder: FilePath, below ceiling: FilePath) throws(GitError) -> RepositorySearch {
        var pointer: OpaquePointer?
        let code = folder.withPlatformString { folder in
            ceiling.withPlatformString { git_repository_open_ext(&pointer, folder, 0, $0) }
        }
        if code < 0 {
            let isAboutSettings = git_error_last().map { $0.pointee.klass == GIT_ERROR_CONFIG.rawValue } ?? false
            let error = lastError("git_repository_open_ext", code)
            // libgit2 1.5 says of a repository of another user's that the setting safe.directory was not found.
            if code == GIT_EOWNER.rawValue { return .refused("it belongs to another user") }
            guard code == GIT_ENOTFOUND.rawValue else { throw error }
            return isAboutSettings ? .refused("it belongs to another user") : .none
        }
        guard let pointer else { return .none }
        let repository = Repository(owning: pointer)
        guard let workTree = repository.workTree else { return .refused("it is bare") }
        guard folder.starts(with: workTree), workTree.starts(with: ceiling), workTree != ceiling else {
            return .refused("its work tree is another folder")
        }
        return .found(repository)
    }
}

/// What was found around a folder.
public enum RepositorySearch: ~Copyable {
    /// A repository that may be read.
    case found(Repository)
    /// There is none.
    case none
    /// There is one that must not be read, or has nothing to read, and why.
    case refused(String)
}
