internal import ArgumentParser
internal import JSON
internal import Trials

struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Deletes the trials of an experiment that no rule keeps.",
        discussion: """
            Without --yes it only shows what would go.

              trialwatch prune resnet --keep 50
              trialwatch prune resnet --keep-since 90d --keep-best 10 --by val/acc --yes
              trialwatch prune resnet --keep-best 5 --by loss --lowest
              trialwatch prune resnet --keep 20 --keep-where '"paper" in tags' --yes

            A trial stays when any of the rules keeps it, and while it runs. Names and conditions are those of \
            trialwatch history. What goes, goes for good, as with trialwatch rm.
            """)

    @Argument(help: Named.experimentHelp, transform: Named.experimentOrPath)
    var experiment: NamedExperiment

    @Option(help: ArgumentHelp("Keep so many of the newest.", valueName: "number"))
    var keep: Int?

    @Option(
        help: ArgumentHelp(
            "Keep what ended since then: 90d, 3w ago, or 2026-11-23; what has no time is kept.", valueName: "time"))
    var keepSince: String?

    @Option(help: ArgumentHelp("Keep so many of the best that succeeded.", valueName: "number"))
    var keepBest: Int?

    @Option(help: ArgumentHelp("What the best are judged by.", valueName: "name"))
    var by: String = "result"

    @Flag(help: "The lowest are the best.")
    var lowest = false

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Keep those of which this is true.", valueName: "condition"))
    var keepWhere: String?

    @Flag(help: "Delete them.")
    var yes = false

    @Flag(help: "Only show what would go, as without --yes.")
    var dryRun = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var store: StoreOptions

    func validate() throws {
        for (name, number) in [("--keep", keep), ("--keep-best", keepBest)] {
            if let number, number < 0 { throw ValidationError("\(name) \(number): 0 or more") }
        }
        guard keep != nil || keepSince != nil || keepBest != nil || keepWhere != nil else {
            throw ValidationError("say what is to be kept: --keep, --keep-since, --keep-best or --keep-where")
        }
        if yes, dryRun { throw ValidationError("--yes and --dry-run exclude each other") }
        if keepBest == nil, lowest { throw ValidationError("--lowest says what --keep-best means") }
    }

    func run() async throws {
        let world = try World.ofThisProcess()
        let rules = try rules(world.moments)
        let experiment = try Stores.experiment(experiment, store, world)
        let finder = Finder(reader: experiment.reader)
        let rows = HistoryRows(
            reader: experiment.reader, query: History.Query(experiment: experiment.id), condition: nil, limit: nil,
            moments: world.moments)
        var all: [History.Row] = []
        try await finder.within(experiment.id) { () throws(CommandFailure) in
            try await rows.forEach { row throws(CommandFailure) in
                all.append(row)
                return true
            }
        }
        var plan = PrunePlan(all, rules, localOffset: world.moments.localOffset)
        let out = world.output()
        if !output.json { try Self.tell(plan, of: experiment.id, to: out) }
        if yes {
            var trials: [(number: Int, key: RunKey?)] = []
            var reopened: Set<Int> = []
            for row in plan.deleted {
                let trial = try await finder.trial(row.reference)
                // It may have been opened anew since the rows were read.
                if trial.state == .running {
                    reopened.insert(row.reference.number)
                } else {
                    trials.append((row.reference.number, trial.key))
                }
            }
            plan.spare(reopened)
            let deletion = TrialDeletion(experiment: experiment, options: store, world: world)
            try await deletion.delete(trials) { _ throws(CommandFailure) in }
            if !output.json { try out.line("deleted \(Phrases.count(trials.count, "trial"))") }
        } else if !output.json, !plan.deleted.isEmpty {
            try out.line("nothing is deleted yet: --yes does it")
        }
        if output.json { try out.json(json(plan)) }
        try out.flush()
    }

    private func rules(_ moments: Moments) throws(CommandFailure) -> PrunePlan.Rules {
        var rules = PrunePlan.Rules()
        rules.newest = keep
        if let keepSince {
            guard let moment = moments.since(keepSince) else {
                throw CommandFailure(
                    "--keep-since \(keepSince)", "neither a span nor a time", remedy: "90d, 2h, 2026-11-23",
                    status: .usage)
            }
            rules.since = moment
        }
        if let keepBest { rules.best = (keepBest, HistoryOrder(lowest ? by : "-\(by)")) }
        rules.condition = try WhereOption.condition(keepWhere, of: "--keep-where")
        return rules
    }

    private static func tell(_ plan: PrunePlan, of id: Experiment.ID, to out: Output) throws(CommandFailure) {
        for row in plan.deleted {
            let result = row.result.map { "  " + $0.shown(digits: 6) } ?? ""
            try out.line("\(row.reference)  \(row.state.rawValue)\(result)")
        }
        let total = plan.deleted.count + plan.kept.count
        try out.line(
            plan.deleted.isEmpty
                ? "all \(Phrases.count(total, "trial")) of \(id) stay"
                : "\(plan.deleted.count) of \(Phrases.count(total, "trial")) go")
    }

    private func json(_ plan: PrunePlan) -> JSON {
        [
            "deleted": .array(plan.deleted.map { JSON($0.reference.number) }),
            "kept": .array(
                plan.kept.map { ["trial": JSON($0.row.reference.number), "reason": .string($0.reason)] }),
            "done": .bool(yes),
        ]
    }
}
