/// A run's process, as it was when the agent found it.
public struct ProcessFacts: Hashable, Sendable, Codable {
    /// The file that it runs; of a process in a container, as the container names it.
    public var executable: String?
    /// The variables of its environment that are on the list of what is recorded, by name.
    public var variables = Fields()
    /// The programs that started it, the nearest first.
    public var parents: [String] = []
    /// Its control group: of a job of SLURM's or a container it holds the number.
    public var group: String?

    /// Nothing known.
    public init() {}
}
