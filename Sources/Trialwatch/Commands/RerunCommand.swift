internal import ArgumentParser
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials

struct RerunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun",
        abstract: "Runs a trial once more, with the files that it ran with.",
        discussion: """
            Without --yes it only shows what would be run, and how.

              trialwatch rerun resnet 12
              trialwatch rerun resnet 12 --yes
              trialwatch rerun resnet 12 -p lr=0.2 --yes
              trialwatch rerun resnet 12 --python .venv/bin/python --directory /tmp/again --yes

            With --yes the files go into a new folder, which stays, and the trial's command runs there as trialwatch run \
            runs one: it becomes a trial of its own, which names the first as its parent. With -p the value of a \
            parameter is put into the command where that names it (--lr 0.1, lr=0.1). Packages are not installed, and \
            inputs not copied: RUN.md in the folder tells what the run had.
            """)

    @Argument(help: Named.experimentHelp, transform: Named.experimentOrPath)
    var experiment: NamedExperiment

    @Argument(help: "The trial's number.")
    var number: Int

    @Option(
        name: [.short, .customLong("parameter")],
        help: ArgumentHelp("Another value for a parameter of the command.", valueName: "name=value"),
        transform: RerunPlan.Change.init)
    var parameters: [RerunPlan.Change] = []

    @Option(
        help: ArgumentHelp(
            "The Python to run it with, where its command begins with one; default: the one that it ran with.",
            valueName: "path"))
    var python: String?

    @Option(help: ArgumentHelp("The folder to write; default: a new one for temporary files.", valueName: "dir"))
    var directory: String?

    @Option(help: ArgumentHelp("A clone of the project's repository.", valueName: "dir"))
    var repository: String?

    @Flag(help: "Run it.")
    var yes = false

    @OptionGroup var store: StoreOptions

    func run() async throws {
        let world = try World.ofThisProcess()
        let experiment = try Stores.experiment(experiment, store, world)
        let trial = try await Finder(reader: experiment.reader).trial(
            TrialReference(experiment: experiment.id, number: number))
        let request = CheckoutRequest(
            trial: trial, reader: experiment.reader, world: world, config: store.config, clone: repository)
        guard let snapshot = trial.capture?.snapshot else {
            _ = try request.search().snapshot()
            return
        }
        let base = world.surroundings.workingDirectory
        let checkout = directory.map { base.pushing(FilePath($0)).lexicallyNormalized() } ?? temporary(world)
        let given = python.map { base.pushing(FilePath($0)).lexicallyNormalized().string }
        let plan = try RerunPlan(trial, in: checkout, changing: parameters, python: given) {
            FileSystem.isPermitted($0, executing: true)
        }
        let out = world.output()
        try plan.write(trial, snapshot, into: checkout, to: out)
        if yes, let hindrance = plan.hindrance { throw CommandFailure("trial \(trial.reference)", hindrance) }
        guard yes else {
            try out.line()
            try out.line("nothing is run yet: --yes does it")
            return try out.flush()
        }
        try out.line()
        try out.flush()
        // Its files may be nobody else's to read, and the folder for temporary files is everybody's.
        let report = try await request.write(to: checkout, isPrivate: directory == nil, startingIn: plan.folder)
        World.note(report.notes)
        try Self.become(plan, in: checkout, config: store.config, base)
    }

    private func temporary(_ world: World) -> FilePath {
        let parent = world.surroundings.variables["TMPDIR"].map { FilePath($0) }.flatMap { $0.isAbsolute ? $0 : nil }
        var generator = SystemRandomNumberGenerator()
        let name = String(RandomName.make(&generator).prefix(8))
        return (parent ?? "/tmp").appending("trialwatch-\(number)-\(name)")
    }

    /// Becomes `trialwatch run`, which needs to start its command before it does anything else.
    private static func become(
        _ plan: RerunPlan, in checkout: FilePath, config: String?, _ base: FilePath
    ) throws(CommandFailure) {
        var words = ["trialwatch", "run"] + plan.options
        if let config { words += ["--config", base.pushing(FilePath(config)).string] }
        words += ["--"] + plan.command
        do throws(SystemCallError) {
            try OwnProcess.become(
                try FileSystem.target(ofLink: "/proc/self/exe"), arguments: words.map { Array($0.utf8) },
                in: checkout.pushing(plan.folder))
        } catch {
            throw CommandFailure("rerun", "\(error)")
        }
    }
}
