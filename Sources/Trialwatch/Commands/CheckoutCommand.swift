internal import ArgumentParser
internal import SystemPackage
internal import TrialAgent
internal import Trials

struct CheckoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkout",
        abstract: "Writes the files that a trial ran with into a new folder.",
        discussion: """
              trialwatch checkout resnet 12 /tmp/resnet-12
              trialwatch checkout resnet 12 /tmp/resnet-12 --repository ~/work/resnet

            The folder must not be there, or be empty. Beside the files, DIR/.trialwatch/ gets requirements.txt, \
            trial.json and RUN.md, which says how to repeat the run and what is not there: files that were too large, \
            named like secrets, or somebody else's. Nothing of the project is run. On another host than the run's, what \
            its store keeps for others is fetched; when that is only what the files had besides a commit, a clone that \
            has the commit is to be named.
            """)

    @Argument(help: Named.experimentHelp, transform: Named.experimentOrPath)
    var experiment: NamedExperiment

    @Argument(help: "The trial's number.")
    var number: Int

    @Argument(help: ArgumentHelp("The folder to write.", valueName: "dir"))
    var folder: String

    @Option(help: ArgumentHelp("A clone of the project's repository.", valueName: "dir"))
    var repository: String?

    @OptionGroup var store: StoreOptions

    func run() async throws {
        let world = try World.ofThisProcess()
        let experiment = try Stores.experiment(experiment, store, world)
        let trial = try await Finder(reader: experiment.reader).trial(
            TrialReference(experiment: experiment.id, number: number))
        let path = world.surroundings.workingDirectory.pushing(FilePath(folder)).lexicallyNormalized()
        let report = try await CheckoutRequest(
            trial: trial, reader: experiment.reader, world: world, config: store.config, clone: repository
        ).write(to: path)
        let out = world.output()
        try out.line(
            "\(trial.reference) is in \(SafeText.line(folder)): \(Phrases.count(report.files, "file")), "
                + Phrases.size(report.size))
        try out.line("how to repeat it: \(SafeText.line(folder))/.trialwatch/RUN.md")
        try out.flush()
        World.note(report.notes)
    }
}
