internal import ArgumentParser
internal import JSON
internal import Trials

struct ExperimentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiments",
        abstract: "Lists the experiments of a store, those that only Python wrote, too.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var store: StoreOptions

    func run() async throws {
        let world = World.ofThisProcess()
        let reader = try await Backends.reader(for: store, world)
        let experiments = try await reading { () throws(StoreError) in try await reader.experiments() }
        let out = world.output()
        if output.json {
            try out.json(.array(experiments.map(Self.json)))
        } else {
            let rows = experiments.map { Self.row($0, world.moments) }
            let columns: [Table.Column] = [
                .init(title: "experiment", importance: 2), .init(title: "last trial", isNumeric: true, importance: 1),
                .init(title: "last filed"),
            ]
            for line in Table.lines(columns, rows, out.page).lines { try out.line(line) }
        }
        try out.flush()
    }

    private static func json(_ experiment: Experiment) -> JSON {
        [
            "experiment": .string(experiment.id.text), "last_trial": JSON(experiment.lastNumber),
            "last_filed": .of(experiment.lastFiled),
        ]
    }

    private static func row(_ experiment: Experiment, _ moments: Moments) -> [Table.Cell] {
        [
            Table.Cell(SafeText.line(experiment.id.text)), Table.Cell(String(experiment.lastNumber)),
            Table.Cell(
                experiment.lastFiled.map(moments.ago) ?? "",
                exact: experiment.lastFiled.map { moments.local($0).description }, .dim),
        ]
    }
}
