internal import ArgumentParser
internal import Trials

struct MetricsCommand: AsyncParsableCommand {
    /// So many trials are put side by side unasked.
    private static let mostTrials = 20

    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Prints the points of a metric, for one trial or several side by side.",
        discussion: """
            An epoch a line and a column a trial: on a terminal a table, in which one row of so many stands for a long \
            series; elsewhere lines with tabs, or with commas, and every value exact; with --json an array with one \
            object a trial, which has the times, too.

              trialwatch metrics resnet val/loss              the newest 20 trials that have it
              trialwatch metrics resnet val/loss 12 9         these two
              trialwatch metrics resnet val/loss 12 --csv > loss.csv

            Each trial's points stand in the order in which they were reported. Of the points that come next in each \
            trial those with the lowest epoch make the next line; so a trial that reports an epoch again, or goes back \
            to an earlier one, has another line for it.
            """)

    @Argument(help: Named.experimentHelp, transform: Named.experimentOrPath)
    var experiment: NamedExperiment

    @Argument(help: "The metric.")
    var name: String

    @Argument(help: "Numbers of trials; the newest \(mostTrials) that have the metric when there is none.")
    var numbers: [Int] = []

    @Flag(help: "All trials that have it.")
    var all = false

    @Flag(help: "Every row on a terminal, too.")
    var full = false

    @Flag(help: "Write commas instead of tabs.")
    var csv = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var store: StoreOptions

    func validate() throws {
        if all, !numbers.isEmpty { throw ValidationError("--all: the numbers say which trials are meant") }
        if csv, output.json { throw ValidationError("--csv and --json: use one of them") }
    }

    func run() async throws {
        let world = try World.ofThisProcess()
        let experiment = try Stores.experiment(experiment, store, world)
        var notes: [String] = []
        let trials = try await trials(
            MetricTrials(name: name, experiment: experiment, moments: world.moments), &notes)
        let listing = SeriesListing(name: name, trials: trials, reader: experiment.reader)
        let out = world.output()
        if output.json {
            try await listing.printJSON(to: out)
        } else if csv || out.page.width == nil {
            try await listing.printLines(separator: csv ? "," : "\t", to: out)
        } else {
            notes += try await listing.printTable(isWhole: full, to: out)
        }
        try out.flush()
        World.note(notes)
    }

    private func trials(
        _ metric: MetricTrials, _ notes: inout [String]
    ) async throws(CommandFailure) -> [TrialReference] {
        guard numbers.isEmpty else {
            let (trials, without) = try await metric.given(numbers)
            if !without.isEmpty {
                let listed = Phrases.trials(without.map { String($0.number) })
                notes.append(
                    "\(listed) \(without.count == 1 ? "has" : "have") no '\(SafeText.line(name))' and no column")
            }
            return trials
        }
        let (trials, areMore) = try await metric.newest(atMost: all ? nil : Self.mostTrials)
        if areMore { notes.append("the newest \(Self.mostTrials) of the trials that have it (--all)") }
        return trials
    }
}
