internal import ArgumentParser

/// Which agent is meant.
struct AgentOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration of the agent.", valueName: "file"))
    var config: String?
}
