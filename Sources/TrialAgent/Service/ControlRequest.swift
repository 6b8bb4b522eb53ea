public import Trials

/// What can be asked of a running agent over its control socket.
public enum ControlRequest: Codable, Sendable, Equatable {
    /// What it is doing.
    case status
    /// Answers when all that was claimed before is filed, derived files included, or with what hinders it.
    case flush
    /// Closes a trial that is open and of which nothing can be followed.
    case close(TrialReference, TrialState)
    /// Files markers that are no trials because they were there before the first watch; absolute paths.
    case file([String])
    /// Answers for baselines that are lost: all that lies there now is filed, or nothing of it.
    case adopt(all: Bool)
    /// Answers when a version of a marker is claimed durably; the marker's absolute path and the SHA-256 of its content.
    case claimed(marker: String, digest: String)
    /// Reads the configuration anew.
    case reload
    /// Tries entries again that were set aside: those of one backend, or of all. With `to`, what waits for a backend that is
    /// not configured any more, and what was refused by the one that is named, goes to another.
    case retry(of: String?, to: String?)
    /// Brings what the stores derive from their records up to date.
    case sync
    /// Drops what is set aside of runs whose trials are deleted: their stores would not take it any more.
    case forget([RunKey])
    /// Counts anew what snapshots take: some were removed.
    case collected
    /// Takes a version of a run's marker that lies in no file, and answers when it is claimed durably.
    case take(RunVersion)
}

/// The agent's answer.
public enum ControlAnswer: Codable, Sendable, Equatable {
    case status(AgentStatus)
    case done
    /// It could not be done, and why.
    case failed(String)
    /// A new configuration holds.
    case reloaded(Reloaded)
    /// The new configuration is wrong, by file and line, and the one of before is kept.
    case misconfigured([String])
    /// Entries are tried again.
    case retried(Retried)
}

/// What came of reading the configuration anew.
public struct Reloaded: Codable, Sendable, Equatable {
    /// The folders that are watched.
    public var projects: [String]
    /// Those that were not before.
    public var added: [String]
    /// Those that were before.
    public var dropped: [String]
    /// What the user should know of it.
    public var notices: [String]
}

/// How many entries are tried again.
public struct Retried: Codable, Sendable, Equatable {
    /// Those that stay with their backend.
    public var again = 0
    /// Those that have gone to another.
    public var moved = 0
    /// Those that stay set aside or wait, because their backend is not configured any more.
    public var homeless = 0
    /// The backends that these are for.
    public var homelessBackends: [String] = []
}

/// A version of a run's marker that is told to the agent instead of being written into a watched project.
public struct RunVersion: Codable, Sendable, Equatable {
    /// The folder that the run belongs to, absolute.
    public var folder: String
    /// Tells this run's versions from those of other runs.
    public var identifier: String
    /// What a marker would hold.
    public var content: String

    /// A version of the run `identifier` in a folder.
    public init(folder: String, identifier: String, content: String) {
        self.folder = folder
        self.identifier = identifier
        self.content = content
    }
}
