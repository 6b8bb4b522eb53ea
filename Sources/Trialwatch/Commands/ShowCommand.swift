internal import ArgumentParser
internal import Trials

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one trial, whole: parameters, result, metrics, files, code, environment, problems.",
        discussion: """
              trialwatch show resnet 12
              trialwatch show resnet 12 --full                        code and environment texts, too
              trialwatch show resnet 12 --environment requirements    one text, as it was captured
              trialwatch show resnet 12 --log                         the end of its log
              trialwatch show resnet 12 --part model > model.pt       what was kept of a step or file, as it was
              trialwatch show resnet 12 --json | jq .git.commit
              trialwatch show ./daskperiment_cache/resnet 12          one that lies elsewhere
            """)

    @Argument(help: Named.experimentHelp, transform: Named.experimentOrPath)
    var experiment: NamedExperiment

    @Argument(help: "The trial's number.")
    var number: Int

    @Flag(help: "Print code and environment texts in full.")
    var full = false

    @Option(
        help: ArgumentHelp(
            "Print only this environment text: \(Named.categories).", valueName: "category"),
        transform: Named.category)
    var environment: EnvironmentCategory?

    @Flag(help: "Print only the end of the run's log, as it was kept.")
    var log = false

    @Option(help: ArgumentHelp("Print only this kept part: a step's value or a file.", valueName: "name"))
    var part: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var store: StoreOptions

    func validate() throws {
        guard [environment != nil, log, part != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("--environment, --log and --part each print one thing: use one of them")
        }
    }

    func run() async throws {
        let world = try World.ofThisProcess()
        let experiment = try Stores.experiment(experiment, store, world)
        let reader = experiment.reader
        let out = world.output()
        let reference = TrialReference(experiment: experiment.id, number: number)
        let trial = try await Finder(reader: reader).trial(reference)
        if let environment {
            try await print(environment, of: reference, from: reader, to: out)
        } else if log || part != nil {
            try await KeptParts(trial: trial, reader: reader).print(part, to: out)
        } else {
            let series = try await series(of: trial, from: reader, atMost: output.json ? nil : 20 * TrialPage.curve)
            if output.json {
                try out.json(TrialJSON.of(trial, series: series))
            } else {
                try TrialPage(trial: trial, series: series, moments: world.moments, isWhole: full).write(to: out)
            }
        }
        try out.flush()
    }

    private func series(
        of trial: StoredTrial, from reader: any TrialReader, atMost most: Int?
    ) async throws(CommandFailure) -> [String: MetricSeries] {
        var series: [String: MetricSeries] = [:]
        for metric in trial.metrics {
            series[metric.name] = try await reading { () throws(StoreError) in
                try await reader.series(metric.name, of: trial.reference, range: nil, atMost: most)
            }
        }
        return series
    }

    private func print(
        _ category: EnvironmentCategory, of reference: TrialReference, from reader: any TrialReader, to out: Output
    ) async throws(CommandFailure) {
        let text = try await reading { () throws(StoreError) in try await reader.text(category, of: reference) }
        guard let text else {
            throw CommandFailure(
                "trial \(reference)", "\(category.rawValue) was not captured",
                remedy: "trialwatch show \(reference) tells its problems", status: .noSuchThing)
        }
        // A file gets the bytes as they were captured, a terminal what cannot harm it.
        try out.piece(out.page.width == nil ? text : SafeText.block(text))
        if !text.hasSuffix("\n") { try out.line() }
    }
}
