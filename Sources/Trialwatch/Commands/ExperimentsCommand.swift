internal import ArgumentParser
internal import JSON
internal import Trials

struct ExperimentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiments",
        abstract: "Lists the experiments of a store, those that only Python wrote, too.",
        discussion: """
              trialwatch experiments
              trialwatch experiments daskperiment_cache     a folder of experiments
              trialwatch experiments ./runs/resnet          the folder of one
            """)

    @Argument(
        help: "A folder of experiments, an experiment's folder or its .pkl file, instead of the configured store.")
    var path: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var store: StoreOptions

    func run() async throws {
        let world = try World.ofThisProcess()
        var listed: [(backend: String, experiment: Experiment)] = []
        let stores = try path.map { (path) throws(CommandFailure) in try Stores.all(at: path, store, world) }
        for (name, reader) in try stores ?? Stores.all(store, world) {
            for experiment in try await reading({ () throws(StoreError) in try await reader.experiments() }) {
                listed.append((name, experiment))
            }
        }
        let out = world.output()
        if output.json {
            try out.json(.array(listed.map { Self.json($0.experiment, in: $0.backend) }))
        } else {
            let rows = listed.map { Self.row($0.experiment, in: $0.backend, world.moments) }
            let columns: [Table.Column] = [
                .init(title: "experiment", importance: 3), .init(title: "last trial", isNumeric: true, importance: 2),
                .init(title: "last filed", importance: 1), .init(title: "backend"),
            ]
            for line in Table.lines(columns, rows, out.page).lines { try out.line(line) }
        }
        try out.flush()
        if let path, listed.isEmpty { World.note(["\(path): no experiment lies there"]) }
    }

    private static func json(_ experiment: Experiment, in backend: String) -> JSON {
        [
            "experiment": .string(experiment.id.text), "last_trial": JSON(experiment.lastNumber),
            "last_filed": .of(experiment.lastFiled), "backend": .string(backend),
        ]
    }

    private static func row(_ experiment: Experiment, in backend: String, _ moments: Moments) -> [Table.Cell] {
        [
            Table.Cell(SafeText.line(experiment.id.text)), Table.Cell(String(experiment.lastNumber)),
            Table.Cell(
                experiment.lastFiled.map(moments.ago) ?? "",
                exact: experiment.lastFiled.map { moments.local($0).description }, .dim),
            Table.Cell(SafeText.line(backend)),
        ]
    }
}
