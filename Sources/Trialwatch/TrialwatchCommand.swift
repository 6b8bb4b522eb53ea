internal import ArgumentParser

@main
struct TrialwatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trialwatch",
        abstract: "Records machine-learning runs: what ran, on what, and what came of it.",
        version: Version.text,
        subcommands: [VersionCommand.self])
}
