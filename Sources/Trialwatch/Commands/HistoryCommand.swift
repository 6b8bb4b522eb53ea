internal import ArgumentParser
internal import Trials

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Lists the trials of an experiment, newest first.",
        discussion: """
            On a terminal a table; elsewhere lines with tabs between their cells and nothing cut; with --json an \
            array with one object a trial.

              trialwatch history resnet --limit 20
              trialwatch history resnet --where 'lr < 0.1 and success'
              trialwatch history resnet --where '"best" in tags or duration > 2h'
              trialwatch history resnet --sort -result --since 7d
              trialwatch history resnet --columns trial,lr,optimizer.name,result
              trialwatch history ./daskperiment_cache/resnet      one that lies elsewhere

            A name in --where, --sort and --columns is one of trial, state, success, result, seed, duration (in \
            seconds), started, finished, description, tags, problems; else a parameter by its dotted name; else a \
            metric, whose last value counts. parameters.seed and metrics.result say which is meant, and `val loss` in \
            back quotes is a name with any characters.

            Comparisons are =, !=, <, <=, >, >= and in, joined by and, or, not and parentheses. Text stands in quotes. \
            null is what a trial does not have; any other comparison with it is false.
            """)

    @Argument(help: Named.experimentHelp, transform: Named.experimentOrPath)
    var experiment: NamedExperiment

    @OptionGroup var condition: WhereOption

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Order by a name, lowest first; -name for highest first; a trial without it comes last.",
            valueName: "name"))
    var sort: String?

    @Option(help: ArgumentHelp("The columns to show, with commas between them.", valueName: "names"))
    var columns: String?

    @Option(help: ArgumentHelp("At most so many trials.", valueName: "number"))
    var limit: Int?

    @Option(
        help: ArgumentHelp(
            "Only trials filed since then: 90s, 5m, 2h, 7d or 3w ago, or 2026-11-23, or 2026-11-23T14:00.",
            valueName: "time"))
    var since: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var store: StoreOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit \(limit): at least 1") }
    }

    func run() async throws {
        let world = try World.ofThisProcess()
        let since = try since(world.moments)
        let condition = try condition.condition()
        let experiment = try Stores.experiment(experiment, store, world)
        let listing = HistoryListing(
            rows: HistoryRows(
                reader: experiment.reader, query: History.Query(experiment: experiment.id, since: since),
                condition: condition, limit: limit, moments: world.moments),
            order: sort.map(HistoryOrder.init),
            columns: columns?.split(separator: ",").map { RowField(trimmed($0)) })
        let out = world.output()
        let notes = try await Finder(reader: experiment.reader).within(experiment.id) {
            () throws(CommandFailure) in
            try await output.json ? listing.printJSON(to: out) : listing.printTable(to: out)
        }
        try out.flush()
        World.note(notes)
    }

    private func since(_ moments: Moments) throws(CommandFailure) -> Timestamp? {
        guard let since else { return nil }
        guard let moment = moments.since(since) else {
            throw CommandFailure(
                "--since \(since)", "neither a span nor a time", remedy: "7d, 2h, 2026-11-23", status: .usage)
        }
        return moment
    }

    private func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
