/// What a run says of itself, besides its metrics and its end: complete at each filing, not a delta.
public struct TrialFacts: Hashable, Sendable, Codable {
    /// Parameters in the order given, nested ones nested.
    public var parameters = Fields()
    /// The random seed.
    public var seed: Int?
    /// The run's own name (`run:`).
    public var run: String?
    /// The sweep or study that it belongs to.
    public var group: String?
    /// The name of the run that began it.
    public var parent: String?
    /// Free text about the run.
    public var note: String?
    /// Labels.
    public var tags: [String] = []
    /// When the run began; nil when nothing tells.
    public var started: Timestamp?
    /// Which try of the same run this is, from 1.
    public var attempt = 1

    /// The marker's path, bytes that are no UTF-8 shown as U+FFFD.
    public var marker: String?
    /// When the marker's first version was seen.
    public var observed: Timestamp?
    /// The name of the user who owns the marker.
    public var user: String?
    /// The machine that the run was on.
    public var host: String?
    /// The process that ran, as the marker gives it.
    public var pid: Int?
    /// The process's command line, the program first; nil when it is not known.
    public var command: [String]?
    /// The folder that the process ran in, bytes that are no UTF-8 shown as U+FFFD; nil when it is not known.
    public var directory: String?
    /// What else was found of it; nil when it was not followed.
    public var process: ProcessFacts?
    /// What the process used up to its end; nil while the run goes on, and when nothing is known.
    public var usage: UsageFacts?

    /// Values kept by step name.
    public var persisted = Fields()
    /// Hashes of the steps' inputs and outputs.
    public var stepHashes: [StepHash] = []
    /// Files that it read.
    public var inputs: [ArtifactFacts] = []
    /// Files that it wrote.
    public var outputs: [ArtifactFacts] = []
    /// Marker keys that we do not know.
    public var extra = Fields()

    /// What was dropped, cut, passed over, refused or found odd in the marker, each as a sentence for the user.
    public var problems: [String] = []

    /// Nothing known yet.
    public init() {}
}

/// What a step took in and gave out, as daskperiment hashes it.
public struct StepHash: Hashable, Sendable, Codable {
    /// The step's name, an identifier.
    public var step: String
    /// MD5 of the step's arguments, 32 hexadecimal digits.
    public var input: String
    /// MD5 of what it returned.
    public var output: String

    /// Hashes of one call of `step`.
    public init(step: String, input: String, output: String) {
        self.step = step
        self.input = input
        self.output = output
    }
}
