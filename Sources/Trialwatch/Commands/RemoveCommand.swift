internal import ArgumentParser
internal import Trials

struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Deletes trials for good.",
        discussion: """
              trialwatch rm resnet 12
              trialwatch rm resnet 3-9 12

            It asks nothing. Everything that the store has of them goes, and their numbers are not given out again; what \
            a run still tells of itself afterwards does not bring its trial back. Their markers stay. What their \
            snapshots took is freed by trialwatch gc. When one of the trials is not there or runs, none is deleted.
            """)

    @Argument(help: Named.experimentHelp, transform: Named.experimentOrPath)
    var experiment: NamedExperiment

    @Argument(
        help: ArgumentHelp("The trials' numbers; 3-9 are all that there are from 3 to 9.", valueName: "number"),
        transform: Self.range)
    var numbers: [NumberRange]

    @Flag(help: "Delete also what is running.")
    var force = false

    @OptionGroup var store: StoreOptions

    func run() async throws {
        let world = try World.ofThisProcess()
        let experiment = try Stores.experiment(experiment, store, world)
        let trials = try await trials(of: experiment)
        let running = trials.filter { $0.state == .running }.map { "\($0.reference.number)" }
        guard force || running.isEmpty else {
            throw CommandFailure(
                "rm \(experiment.id)", "still running: \(running.joined(separator: ", ")); nothing was deleted",
                remedy: "end the run first, or: trialwatch close \(experiment.id) N --state aborted, or use --force")
        }
        let out = world.output()
        let deletion = TrialDeletion(experiment: experiment, options: store, world: world)
        try await deletion.delete(trials.map { ($0.reference.number, $0.key) }) { numbers throws(CommandFailure) in
            for number in numbers { try out.line("deleted \(experiment.id) \(number)") }
            try out.flush()
        }
    }

    /// All of them; throws when one that is named alone is not there, or none of a range is.
    private func trials(of experiment: StoredExperiment) async throws(CommandFailure) -> [StoredTrial] {
        let finder = Finder(reader: experiment.reader)
        var trials: [Int: StoredTrial] = [:]
        for range in numbers {
            if range.isSingle {
                let reference = TrialReference(experiment: experiment.id, number: range.numbers.lowerBound)
                trials[reference.number] = try await finder.trial(reference)
                continue
            }
            let reader = experiment.reader
            var cursor: History.Cursor? = History.Cursor(number: range.numbers.lowerBound - 1)
            var found = 0
            let query = History.Query(experiment: experiment.id, newestFirst: false)
            pages: while let after = cursor {
                let page = try await finder.within(experiment.id) { () throws(CommandFailure) in
                    try await reading { () throws(StoreError) in
                        try await reader.trials(query, after: after, limit: 500)
                    }
                }
                for row in page.rows {
                    guard row.reference.number <= range.numbers.upperBound else { break pages }
                    trials[row.reference.number] = try await finder.trial(row.reference)
                    found += 1
                }
                cursor = page.next
            }
            guard found > 0 else {
                throw CommandFailure(
                    "rm \(experiment.id)",
                    "there is no trial from \(range.numbers.lowerBound) to \(range.numbers.upperBound)",
                    status: .noSuchThing)
            }
        }
        return trials.values.sorted { $0.reference < $1.reference }
    }

    @Sendable private static func range(_ text: String) throws -> NumberRange {
        guard let range = NumberRange(text) else {
            throw ValidationError("'\(SafeText.line(text))': a trial's number, or a range: 12, 3-9")
        }
        return range
    }
}
