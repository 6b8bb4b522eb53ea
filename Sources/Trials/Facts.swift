/// The state of the repository that a project lives in.
public struct GitFacts: Hashable, Sendable, Codable {
    /// The folder that holds the work tree.
    public var workTree: String
    /// 40 or 64 hexadecimal digits; nil before the first commit.
    public var commit: String?
    /// The branch; nil when HEAD is detached.
    public var branch: String?
    /// Where the branch is pulled from, as a URL without user and query; nil when there is none.
    public var remote: String?
    /// Tags that point at the commit.
    public var tags: [String] = []
    /// Commits that the branch has and its upstream lacks, and the reverse; nil without an upstream.
    public var ahead: Int?
    /// See `ahead`.
    public var behind: Int?
    /// The upstream of the branch: `origin/main`; nil when it has none, or its commit is not here.
    public var upstream: String?
    /// Commits of HEAD that no branch of a remote has, as far as the repository knows, at most 1,000; nil before the first one.
    public var unshared: Int?
    /// Whether older commits are missing; nil when nobody looked, like the next two.
    public var isShallow: Bool?
    /// Whether only some of the tracked files are checked out.
    public var isSparse: Bool?
    /// Whether the work tree is linked to a repository that has another one of its own (git-worktree(1)).
    public var isLinked: Bool?
    /// The folder of the repository that a linked work tree belongs to; nil for others.
    public var repository: String?
    /// Tracked files that differ from the commit; nil when the index could not be read.
    public var modified: Int?
    /// Files that are neither tracked nor ignored; nil when the index could not be read.
    public var untracked: Int?
    /// A merge, rebase or the like that is under way.
    public var operation: String?
    /// Paths of submodules.
    public var submodules: [String] = []

    /// A repository with its work tree.
    public init(workTree: String) { self.workTree = workTree }

    /// True when a tracked file differs from the commit, as daskperiment says it: untracked files do not count.
    ///
    /// Nil when it is not known.
    public var isDirty: Bool? { modified.map { $0 > 0 } }

    private enum CodingKeys: String, CodingKey {
        case workTree, commit, branch, remote, tags, ahead, behind, upstream, unshared, modified, untracked, operation,
            submodules, repository
        case isShallow = "shallow"
        case isSparse = "sparse"
        case isLinked = "linked"
    }
}

/// The Python that a run used.
public struct InterpreterFacts: Hashable, Sendable, Codable {
    /// Path of the executable, or of the environment's directory when it has none.
    public var path: String
    /// `3.11.7`; nil when no file tells.
    public var version: String?
    /// How it was found: `marker`, `config`, `process`, `inferred` (from a process), `project`, `virtualenv`, `conda`, `path`.
    public var source: String

    /// The interpreter at `path`.
    public init(path: String, version: String?, source: String) {
        self.path = path
        self.version = version
        self.source = source
    }
}

/// How long one capturer took, and when it began to look.
public struct CaptureTiming: Hashable, Sendable, Codable {
    /// The capturer's name.
    public var capturer: String
    /// When it began.
    public var began: Timestamp
    /// Microseconds that it took.
    public var microseconds: Int

    /// What `capturer` took.
    public init(capturer: String, began: Timestamp, microseconds: Int) {
        self.capturer = capturer
        self.began = began
        self.microseconds = microseconds
    }
}
