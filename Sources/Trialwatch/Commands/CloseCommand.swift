internal import ArgumentParser
internal import TrialAgent
internal import Trials

struct CloseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Closes an open trial of which nothing more is heard.",
        discussion: """
            For a run whose marker will not say how it ended, and whose process cannot be followed: on another \
            machine, or never named. trialwatch status lists the open trials, the silent ones among them.

              trialwatch close resnet 12 --state failed
            """)

    @Argument(help: "The experiment.", transform: Named.experiment)
    var experiment: Experiment.ID

    @Argument(help: "The trial's number.")
    var number: Int

    @Option(
        help: ArgumentHelp("What became of it: succeeded, failed, aborted or lost.", valueName: "state"),
        transform: Named.end)
    var state: TrialState

    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let trial = TrialReference(experiment: experiment, number: number)
        try await AgentClient(agent, World.ofThisProcess()).perform(.close(trial, state), "close \(trial)")
    }
}
