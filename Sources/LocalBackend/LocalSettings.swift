/// The settings of local files as `agent.yaml` has them: `{local: {directory: …}}`.
public struct LocalSettings: Hashable, Sendable, Codable {
    /// The directory that holds one directory an experiment. A relative one, in a project's own settings, is below the
    /// project.
    public var directory: String

    /// Local files below `directory`.
    public init(directory: String) { self.directory = directory }
}
