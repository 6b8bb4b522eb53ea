public import Trials

/// Gathers one kind of fact about a run or about the project that it runs in.
///
/// A capturer reads files and runs nothing. It may block: it is never called on Swift's own pool. What it throws becomes a
/// problem on the trial, never a lost trial.
public protocol Capturer: Sendable {
    /// A word for records and messages: `git`, `packages`.
    static var name: String { get }
    /// Whose facts these are.
    static var scope: CaptureScope { get }
    /// Where it runs.
    static var place: CapturePlace { get }

    /// A capture begins, in which this capturer may be asked: what it keeps for others of the same capture counts no more.
    func begin()

    /// Looks, and gives what it found; what it could not read or had to cut is in the part's `problems`.
    ///
    /// One that reads many files, or large ones, tells `pulse` of each: after some seconds without a beat it counts as stuck.
    func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart
}

extension Capturer {
    /// Most keep nothing.
    public func begin() {}

    /// Captures while nobody follows how far it is.
    public func capture(_ subject: CaptureSubject) throws(AgentError) -> CapturedPart {
        try capture(subject, pulse: .unheard)
    }
}

/// Whose facts a capturer gathers.
public enum CaptureScope: String, Codable, Sendable {
    /// The machine's: once, until the agent ends.
    case machine
    /// A project's, with the interpreter that the run uses: one capture serves every run that was seen before it began.
    case project
    /// A single run's.
    case run
}

/// Where a capturer runs.
public enum CapturePlace: String, Codable, Sendable {
    /// In the agent: it reads a few small files, and none that a project could make large or endless.
    case agent
    /// In the capture worker, a process of its own with limits, which may crash or hang without harm.
    case worker
}

/// What a capture is about.
public struct CaptureSubject: Codable, Sendable, Hashable {
    /// The project's folder.
    public var project: String
    /// What the marker says in `python:`; relative to the marker's folder.
    public var markerPython: String?
    /// The folder of the marker, below the project's; empty for the project's own folder.
    public var markerFolder: String
    /// What the configuration says in `python:`; relative to the project's folder.
    public var configuredPython: String?
    /// The Python that the run's process is, absolute; nil when it is not known.
    public var processPython: String?
    /// Whether that process is only taken for the run's.
    public var processIsInferred: Bool
    /// Folders that the run's Python searches before its environment, absolute (`PYTHONPATH` of its process).
    public var searchPath: [String]
    /// Globs of entry scripts below the project's folder: the marker's `code:`, else the configuration's, else the script on
    /// the process's command line.
    public var code: [String]
    /// Patterns of the project's markers, which are no part of its code; empty for the standard ones.
    public var markers: [String]
    /// Users whose files are read.
    public var owners: [UInt32]
    /// What the agent's own environment says: `PATH`, `HOME`, `VIRTUAL_ENV`, `CONDA_PREFIX` and such, never more than is asked for.
    public var variables: [String: String]
    /// Whether the configuration wants the interpreter that it names to be run for its libraries' configuration.
    public var runsInterpreter: Bool
    /// Where texts are kept that interpreters printed; nil where none may be run, whatever the configuration says.
    public var libraryTexts: String?
    /// What is kept of the project's files; nil for nothing.
    public var snapshot: SnapshotWish?
    /// The agent's version and executable, which daskperiment's document of Python names.
    public var agentVersion: String
    /// See `agentVersion`.
    public var agentPath: String

    /// A capture of a project.
    public init(
        project: String, markerPython: String? = nil, markerFolder: String = "", configuredPython: String? = nil,
        processPython: String? = nil, processIsInferred: Bool = false, searchPath: [String] = [], code: [String] = [],
        markers: [String] = [], owners: [UInt32],
        variables: [String: String] = [:], runsInterpreter: Bool = false,
        libraryTexts: String? = nil, snapshot: SnapshotWish? = nil,
        agentVersion: String, agentPath: String
    ) {
        self.project = project
        self.markerPython = markerPython
        self.markerFolder = markerFolder
        self.configuredPython = configuredPython
        self.processPython = processPython
        self.processIsInferred = processIsInferred
        self.searchPath = searchPath
        self.code = code
        self.markers = markers
        self.owners = owners
        self.variables = variables
        self.runsInterpreter = runsInterpreter
        self.libraryTexts = libraryTexts
        self.snapshot = snapshot
        self.agentVersion = agentVersion
        self.agentPath = agentPath
    }
}

/// What one capturer found: the parts of a trial's capture that it fills, and nothing else.
public struct CapturedPart: Codable, Sendable, Hashable {
    /// Texts of environment categories.
    public var environment = Environment()
    /// The entry scripts.
    public var code: CodeContext?
    /// The same files by their content.
    public var sources: [SourceFile]?
    /// The repository.
    public var git: GitFacts?
    /// The project's files, and how they differ from the commit.
    public var snapshot: CapturedSnapshot?
    /// The project's lists of what it depends on.
    public var lockfiles: [CapturedLockfile] = []
    /// The Python that the run uses.
    public var interpreter: InterpreterFacts?
    /// The machine.
    public var hardware: HardwareFacts?
    /// Its accelerators.
    public var accelerators: [AcceleratorFacts]?
    /// What the project lies on.
    public var fileSystem: FileSystemFacts?
    /// What could not be read, or was cut, each as a sentence for the user.
    public var problems: [String] = []

    /// Nothing found yet.
    public init() {}
}

extension TrialCapture {
    /// Takes over what a capturer found.
    mutating func take(_ part: CapturedPart) {
        for category in part.environment.categories { environment[category] = part.environment[category] }
        code = part.code ?? code
        sources = part.sources ?? sources
        git = part.git ?? git
        snapshot = part.snapshot?.facts ?? snapshot
        lockfiles += part.lockfiles.map(\.facts)
        interpreter = part.interpreter ?? interpreter
        hardware = part.hardware ?? hardware
        accelerators = part.accelerators ?? accelerators
        fileSystem = part.fileSystem ?? fileSystem
        problems += part.problems
        completeProcessor()
    }

    /// daskperiment's document of the processor begins with the version of the run's Python, which no capturer of the
    /// machine knows: `3.11.7.final.0 (64 bit)`.
    private mutating func completeProcessor() {
        guard case .document(var fields)? = environment[.cpu], let version = interpreter?.version else { return }
        let number = version.prefix { $0.isNumber || $0 == "." }
        guard number.split(separator: ".").count == 3 else { return }
        let stage = version.dropFirst(number.count)
        let names = ["a": "alpha", "b": "beta", "rc": "candidate"]
        let name = names[String(stage.prefix { $0.isLetter })] ?? "final"
        let serial = stage.drop { $0.isLetter }
        fields["Python Version"] = .text("\(number).\(name).\(serial.isEmpty ? "0" : serial) (64 bit)")
        environment[.cpu] = .document(fields)
    }
}
