public import SystemPackage

/// What a repository looks like at one moment.
public struct RepositoryState: Hashable, Sendable {
    /// What HEAD names.
    public enum Head: Hashable, Sendable {
        case branch(String, commit: String)
        case detached(commit: String)
        /// A branch without a commit.
        case unborn(String)
    }

    /// Another repository that this one knows.
    public struct Remote: Hashable, Sendable {
        /// Its name, such as `origin`.
        public var name: String
        /// Its address, without user, query and fragment.
        public var address: String
        /// True when the address names the user `git`, as hosts of repositories ask everybody to; no other user is told.
        public var hasUserGit = false
    }

    /// The branch that the current one is pulled from.
    public struct Upstream: Hashable, Sendable {
        /// Its name, such as `origin/main`.
        public var name: String
        /// Commits that only the current branch has.
        public var ahead: Int
        /// Commits that only the upstream has.
        public var behind: Int
    }

    /// How many files are not as the commit has them.
    public struct Changes: Hashable, Sendable {
        /// Tracked files whose content, mode or presence differs from the index.
        public var modified = 0
        /// Files whose entry in the index differs from the commit.
        public var staged = 0
        /// Tracked files that differ from the index or whose entry differs from the commit, each once.
        public var differing = 0
        /// Files that are neither tracked nor ignored nor passed over; a repository inside this one counts as one file.
        public var untracked = 0
        /// Files and folders that could not be read.
        public var unreadable = 0
    }

    /// A repository that is checked out inside this one.
    public struct Submodule: Hashable, Sendable {
        /// Its folder, relative to the work tree.
        public var path: FilePath
        /// The commit that the index asks for.
        public var commit: String
    }

    /// The folder that the tracked files are in.
    public var workTree: FilePath
    /// The folder that holds HEAD and the index of this work tree.
    public var gitDirectory: FilePath
    /// What HEAD names.
    public var head: Head
    /// All remotes, in the repository's order.
    public var remotes: [Remote] = []
    /// The upstream of the current branch; nil when it has none, or the upstream's commit is not here.
    public var upstream: Upstream?
    /// Tags that name HEAD's commit, sorted.
    public var tags: [String] = []
    /// What was begun and not ended: `merge`, `rebase`, `cherry-pick`, `revert`, `bisect`, `mailbox`.
    public var operation: String?
    /// Commits of HEAD that no branch of a remote has, as far as is known here, at most 1,000; nil before the first commit.
    public var unshared: Int?
    /// Whether older commits are missing.
    public var isShallow = false
    /// Whether only some of the tracked files are checked out.
    public var isSparse = false
    /// The folder of the repository whose work tree this is besides its own (git-worktree(1)); nil for the repository's own.
    public var linkedRepository: FilePath?
    /// Counts of changed files; nil when the index could not be read.
    public var changes: Changes?
    /// What the index has as submodules, in its order.
    public var submodules: [Submodule] = []
    /// What could not be found out, and why.
    public var problems: [GitError] = []

    /// The commit that HEAD names; nil before the first one.
    public var commit: String? {
        switch head {
        case .branch(_, let commit), .detached(let commit): commit
        case .unborn: nil
        }
    }

    /// The branch that HEAD names; nil when it is detached.
    public var branch: String? {
        switch head {
        case .branch(let name, _), .unborn(let name): name
        case .detached: nil
        }
    }
}
