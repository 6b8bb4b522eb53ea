/// The process that is taken for the one that wrote a marker which names none. It is inferred, and may be wrong: nothing
/// follows it, and its end ends no run.
public struct InferredProcess: Hashable, Sendable, Codable {
    /// What it was inferred from, the surest first.
    public enum Sign: String, Hashable, Sendable, Codable, CaseIterable {
        /// It had the marker itself open.
        case hasMarkerOpen = "marker open"
        /// The program or script that it runs lies in the project.
        case runsProjectFile = "runs a file of the project"
        /// It had another file of the project open.
        case hasFileOpen = "file of the project open"
        /// It is the kernel of a notebook that lies in the project.
        case runsNotebook = "runs a notebook of the project"
        /// It worked in the project's folder, or in one below.
        case worksInProject = "works in the project"
    }

    /// Its number.
    public var number: Int
    /// When it began.
    public var started: Timestamp
    /// What tells that it is the one.
    public var sign: Sign
    /// Its command line, the program first; nil when it is not known.
    public var command: [String]?
    /// The folder that it ran in, bytes that are no UTF-8 shown as U+FFFD; nil when it is not known.
    public var directory: String?
    /// What else was found of it.
    public var facts = ProcessFacts()

    /// A process, and why it is taken for the writer.
    public init(number: Int, started: Timestamp, sign: Sign) {
        self.number = number
        self.started = started
        self.sign = sign
    }
}
