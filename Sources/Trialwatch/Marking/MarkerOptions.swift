internal import ArgumentParser
internal import JSON
internal import Trials

/// What a command line says of a run, in the words of a marker.
struct MarkerOptions: ParsableArguments {
    @Option(
        name: [.short, .long], help: ArgumentHelp("The experiment; default: the project's.", valueName: "name"),
        transform: Named.experiment)
    var experiment: Experiment.ID?

    @Option(
        name: [.short, .customLong("parameter")],
        help: ArgumentHelp(
            "A parameter; the value is read as YAML: 0.1 is a number, no is text, [1, 2] a list.",
            valueName: "name=value"),
        transform: Assignment.parameter)
    var parameters: [Assignment] = []

    @Option(
        parsing: .unconditional, help: ArgumentHelp("The sweep or study that it belongs to.", valueName: "name"),
        transform: Self.name)
    var group: String?

    @Option(
        name: .customLong("run"), parsing: .unconditional,
        help: ArgumentHelp("The run's own name: what says so is one trial.", valueName: "name"),
        transform: Self.name)
    var runName: String?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("The name of the run that began it.", valueName: "name"),
        transform: Self.name)
    var parent: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The random seed.", valueName: "number"))
    var seed: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Free text.", valueName: "text"))
    var note: String?

    @Option(
        name: .customLong("tag"), parsing: .unconditionalSingleValue, help: ArgumentHelp("A label.", valueName: "text"))
    var tags: [String] = []

    /// Puts what was said into a marker.
    func write(to document: inout MarkerDocument) throws(CommandFailure) {
        if let experiment { document["experiment"] = .string(experiment.text) }
        if let runName { document["run"] = .string(runName) }
        if let group { document["group"] = .string(group) }
        if let parent { document["parent"] = .string(parent) }
        if let seed { document["seed"] = JSON(seed) }
        for parameter in parameters { try document.set(parameter) }
        for tag in tags { document.add(tag: tag) }
        if let note { document["description"] = .string(note) }
    }

    @Sendable private static func name(_ text: String) throws -> String {
        guard !text.isEmpty else { throw ValidationError("expected a name that is not empty") }
        return text
    }
}
