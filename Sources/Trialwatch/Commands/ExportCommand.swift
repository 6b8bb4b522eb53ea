internal import ArgumentParser
internal import Trials

struct ExportCommand: AsyncParsableCommand {
    /// How trials are written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case csv, jsonl
    }

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes the trials of an experiment for pandas, R or a spreadsheet, oldest first.",
        discussion: """
              trialwatch export resnet --output resnet.csv
              trialwatch export resnet --where 'success and lr < 0.1' > best.csv
              trialwatch export resnet --format jsonl --output resnet.jsonl

            csv: a trial a line. The columns are trial, state, started, finished, duration_s, seed, result, every \
            parameter by its dotted name, the last value of every metric, description, tags and problems (how many); a \
            nested result has a column for each part. A name that is taken gets its group before it: parameters.seed, \
            metrics.loss. Numbers are exact, truth is TRUE or FALSE, a missing value is empty. Text is in quotes; one that would be read as a \
            number, a truth value, a missing value or a formula begins with an apostrophe, and so does one that began \
            with an apostrophe: take the first one away to have the text. --exact-text leaves the apostrophes out.

            jsonl: a line a trial, the object that show --json gives, with all points of its metrics.
            """)

    @Argument(help: Named.experimentHelp, transform: Named.experimentOrPath)
    var experiment: NamedExperiment

    @Option(help: "How to write.")
    var format = Format.csv

    @OptionGroup var condition: WhereOption

    @Option(
        help: ArgumentHelp(
            "Write this file, whole or not at all, instead of standard output.", valueName: "file"))
    var output: String?

    @Flag(help: "In csv, write text as it is, without the apostrophe that keeps it text.")
    var exactText = false

    @OptionGroup var store: StoreOptions

    func validate() throws {
        if exactText, format != .csv { throw ValidationError("--exact-text: only csv has apostrophes") }
    }

    func run() async throws {
        let world = try World.ofThisProcess()
        let condition = try condition.condition()
        let experiment = try Stores.experiment(experiment, store, world)
        let rows = HistoryRows(
            reader: experiment.reader, query: History.Query(experiment: experiment.id, newestFirst: false),
            condition: condition, moments: world.moments)
        let out = try output.map { (path) throws(CommandFailure) in try world.output(to: path) } ?? world.output()
        let notes = try await Finder(reader: experiment.reader).within(experiment.id) { () throws(CommandFailure) in
            switch format {
            case .csv:
                var export = TableExport(rows: rows, text: CSVText(isExact: exactText))
                return try await export.write(to: out)
            case .jsonl:
                return try await LinesExport(rows: rows).write(to: out)
            }
        }
        try out.finish()
        World.note(notes)
    }
}
