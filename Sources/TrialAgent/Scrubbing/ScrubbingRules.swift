/// How texts of a document are treated, by the way to them: `facts.run`, `parts.digest`. Elements of a list have the way of the
/// list. What is not named here is looked through as text, so that no field has to be remembered.
struct ScrubbingRules: Sendable {
    enum Treatment: Sendable {
        /// It stays as it is, and all that is below it.
        case exact
        /// Words of a command line.
        case command
        /// Source.
        case code
    }

    fileprivate(set) var treatment: Treatment?
    private var below: [String: ScrubbingRules] = [:]

    private init() {}

    init(exact: [String], commands: [String] = [], code: [String] = []) {
        for (paths, treatment) in [(exact, Treatment.exact), (commands, .command), (code, .code)] {
            for path in paths { add(treatment, at: path.split(separator: ".").map(String.init)[...]) }
        }
    }

    private mutating func add(_ treatment: Treatment, at path: ArraySlice<String>) {
        guard let first = path.first else { return self.treatment = treatment }
        below[first, default: ScrubbingRules()].add(treatment, at: path.dropFirst())
    }

    subscript(member: String) -> ScrubbingRules? { below[member] }
}

extension ScrubbingRules {
    /// Of no document that is known.
    static let none = ScrubbingRules()

    /// Of what is filed: runs are told apart by their names, and content by its digest. The large texts of a capture were looked
    /// through when it was made, and points are numbers.
    static let filing = ScrubbingRules(
        exact: [
            "key", "experiment", "revision", "metrics.points", "parts.digest", "parts.role", "facts.run", "facts.group",
            "facts.parent", "facts.stepHashes.input", "facts.stepHashes.output", "facts.inputs.sha256",
            "facts.outputs.sha256", "capture.code", "capture.environment", "capture.timings", "capture.snapshot.tree",
            "capture.snapshot.store",
            "capture.snapshot.base",
        ],
        commands: ["facts.command", "capture.writer.command"])

    /// Of what a capture found.
    static let capture = ScrubbingRules(
        exact: [
            "agent", "timings", "git.commit", "lockfiles.sha256", "sources.sha256", "snapshot.tree", "snapshot.store",
            "snapshot.base",
        ], code: ["code.files.text"])

    /// Of what is remembered of a claim, in the agent's own state: besides, markers and files are opened by their paths.
    static let head: ScrubbingRules = {
        let run = [
            "key", "experiment", "backend", "place", "version", "process", "capture", "files", "metrics.digest",
            "facts.run", "facts.group", "facts.parent", "facts.stepHashes", "asked.log", "asked.inputs.path",
            "asked.outputs.path", "asked.persists.path", "wishes.log", "wishes.inputs.path", "wishes.outputs.path",
            "wishes.persists.path", "asked.steps", "wishes.steps",
        ]
        return ScrubbingRules(
            exact: ["identity", "place", "rejection.taken"] + run.map { "runs." + $0 }, commands: ["runs.facts.command"]
        )
    }()
}
