internal import ArgumentParser
internal import JSON
internal import SystemPackage

/// Writes for a script what the script says of its run.
struct MarkCommand: ParsableCommand {
    /// The states that a marker may name.
    enum State: String, CaseIterable, ExpressibleByArgument {
        case running, succeeded, failed, aborted
    }

    static let configuration = CommandConfiguration(
        commandName: "mark",
        abstract: "Writes or updates a run marker.",
        discussion: """
            What the marker says already and is not named here stays; the file is replaced at once, so that nobody \
            reads half of it. No agent is needed. A value is read as YAML: 0.1 and 1e-3 are numbers, no is text, \
            [1, 2] a list.

              trialwatch mark -p lr=0.1 -p optimizer.name=adam --pid $$ train.run
              trialwatch mark -m loss=0.3 train.run               appends to the metric's list
              trialwatch mark --result 0.93 --state succeeded train.run
            """)

    @OptionGroup var marker: MarkerOptions

    @Option(
        name: [.short, .customLong("metric")],
        help: ArgumentHelp("A point that is appended to a metric.", valueName: "name=number"),
        transform: Assignment.metric)
    var metrics: [Assignment] = []

    @Option(
        parsing: .unconditional, help: ArgumentHelp("The result.", valueName: "value"), transform: Assignment.value)
    var result: JSON?

    @Option(help: "The state.")
    var state: State?

    @Option(help: ArgumentHelp("The process that runs.", valueName: "number"))
    var pid: Int32?

    @Option(parsing: .unconditional, help: ArgumentHelp("Why it failed.", valueName: "text"))
    var error: String?

    @OptionGroup var agent: AgentOptions

    @Argument(help: ArgumentHelp("The marker, such as train.run.", valueName: "file"))
    var file: String

    func validate() throws {
        if let pid, pid < 1 { throw ValidationError("--pid: a process has a number from 1 on") }
        if error != nil, let state, state != .failed {
            throw ValidationError("--error tells of a run that failed, and --state says \(state.rawValue)")
        }
    }

    func run() throws {
        let world = try World.ofThisProcess()
        let path = FilePath(file)
        let marked = try MarkedFile(path)
        let notes = marked.notes + MarkerName(path, config: agent.config, world).notes
        var document = marked.document
        do throws(CommandFailure) {
            try write(to: &document)
        } catch {
            throw CommandFailure(lines: error.lines.map { "mark \(file): \($0)" }, status: error.status)
        }
        try marked.replace(with: document)
        World.note(notes)
    }

    private func write(to document: inout MarkerDocument) throws(CommandFailure) {
        try marker.write(to: &document)
        for point in metrics { try document.append(point) }
        if let result { document["result"] = result }
        if let pid { document["pid"] = JSON(pid) }
        if let state { document["state"] = .string(state.rawValue) }
        guard let error else { return }
        document["error"] = .string(error)
        // A marker that says another state beside an error is rejected.
        if document["state"] != nil { document["state"] = .string(State.failed.rawValue) }
    }
}
