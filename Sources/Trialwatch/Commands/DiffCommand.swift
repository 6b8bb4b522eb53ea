internal import ArgumentParser
internal import TrialAgent
internal import Trials

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Shows in what two trials differ: parameters, result, code, requirements, environment, hardware.",
        discussion: """
              trialwatch diff resnet 12 13
              trialwatch diff resnet 12 13 --json | jq .requirements
              trialwatch diff ./daskperiment_cache/resnet 1 2      of an experiment that lies elsewhere

            What is the same is not shown. Code, and environment texts, are shown as a unified diff: of the snapshots, \
            where this machine has both, else of the entry scripts. What is known of one trial only is said, and not \
            compared.
            """)

    @Argument(help: Named.experimentHelp, transform: Named.experimentOrPath)
    var experiment: NamedExperiment

    @Argument(help: ArgumentHelp("The trial that was before.", valueName: "number"))
    var before: Int

    @Argument(help: ArgumentHelp("The trial that is compared with it.", valueName: "number"))
    var after: Int

    @OptionGroup var output: OutputOptions
    @OptionGroup var store: StoreOptions

    func run() async throws {
        let world = try World.ofThisProcess()
        let experiment = try Stores.experiment(experiment, store, world)
        let finder = Finder(reader: experiment.reader)
        let out = world.output()
        let old = try await finder.trial(TrialReference(experiment: experiment.id, number: before))
        let new = try await finder.trial(TrialReference(experiment: experiment.id, number: after))
        var trees: [TextChange]?
        if let one = old.capture?.snapshot, let other = new.capture?.snapshot {
            let state = try world.configuration(store.config).state
            trees = try await SnapshotComparison(state: state, world: world).changes(one, other)
        }
        let page = DifferencePage(difference: TrialDifference(old, new, trees: trees))
        if output.json { try out.json(page.json) } else { try page.write(to: out) }
        try out.flush()
    }
}
