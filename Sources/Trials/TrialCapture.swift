/// What was found around a run when it began: its code, its environment, its machine. Made once a run, and never changed by an update.
public struct TrialCapture: Hashable, Sendable, Codable {
    /// When the capture began to look.
    public var began: Timestamp
    /// True when it was made anew after a crash, and so later than the run's start.
    public var isLate = false
    /// The entry scripts.
    public var code: CodeContext?
    /// The same files by their content, secrets and all; nil when they were not looked for.
    public var sources: [SourceFile]?
    /// One text a category.
    public var environment = Environment()
    /// The repository; nil when the project is in none.
    public var git: GitFacts?
    /// The project's files; nil when they were not kept.
    public var snapshot: Snapshot?
    /// The project's lists of what it depends on, as their files were.
    public var lockfiles: [ArtifactFacts] = []
    /// The Python that ran; nil when none was found.
    public var interpreter: InterpreterFacts?
    /// The machine.
    public var hardware: HardwareFacts?
    /// Its accelerators; nil when they were not looked for.
    public var accelerators: [AcceleratorFacts]?
    /// What the project lies on.
    public var fileSystem: FileSystemFacts?
    /// The process that is taken for the writer of the run's marker; nil when the marker names its process, or nothing tells.
    public var writer: InferredProcess?
    /// What each capturer took.
    public var timings: [CaptureTiming] = []
    /// What could not be captured, or was cut, each as a sentence for the user.
    public var problems: [String] = []
    /// The version of the agent that captured.
    public var agent: String

    /// Nothing captured yet.
    public init(began: Timestamp, agent: String) {
        self.began = began
        self.agent = agent
    }

    private enum CodingKeys: String, CodingKey {
        case began
        case isLate = "late"
        case fileSystem = "file_system"
        case code, sources, environment, git, snapshot, lockfiles, interpreter, hardware, accelerators, writer, timings,
            problems,
            agent
    }
}

extension TrialCapture {
    /// The large pieces that came with the capture: a store has them from the first of its trials that was filed.
    public var keptParts: [PartReference] {
        let lockfiles = lockfiles.compactMap { file -> PartReference? in
            guard let digest = file.sha256, let size = file.size else { return nil }
            return PartReference(digest: digest, size: size, role: .lockfile, name: file.path)
        }
        return lockfiles + [snapshot?.patch, snapshot?.shared, snapshot?.commits?.bundle].compactMap { $0 }
    }
}
