internal import ArgumentParser
internal import Trials

struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copies experiments from one store to another, numbers kept.",
        discussion: """
              trialwatch copy here lab                        all experiments
              trialwatch copy ./daskperiment_cache lab resnet
              trialwatch copy lab mongodb://other/lab resnet --follow

            FROM and TO are each a backend's name, a URI, or a directory of local files. It may be interrupted and run again: \
            what is there is not copied twice, and what has changed is brought up to date. A trial whose number names \
            another run in TO is refused and told; with --renumber it gets the next number there. What was deleted in TO \
            stays deleted.
            """)

    @Argument(help: ArgumentHelp("Where the trials are.", valueName: "from"))
    var source: String

    @Argument(help: ArgumentHelp("Where they are to be, too.", valueName: "to"))
    var target: String

    @Argument(help: ArgumentHelp("Only these experiments.", valueName: "experiment"), transform: Named.experiment)
    var experiments: [Experiment.ID] = []

    @Flag(help: "Go on with what changes, until interrupted.")
    var follow = false

    @Flag(help: "Give trials whose number is taken in TO the next number there.")
    var renumber = false

    @Option(help: ArgumentHelp("The configuration to read.", valueName: "file"))
    var config: String?

    func run() async throws {
        let world = try World.ofThisProcess()
        let from = try Stores.named(source, config, world)
        let to = try Stores.named(target, config, world)
        let writer = to.writer
        let readiness = try await reading { () throws(StoreError) in try await writer.prepare() }
        World.note(readiness.notices.map(\.text))
        var copying = TrialCopying(reader: from.reader, writer: writer, renumbers: renumber)
        let reader = from.reader
        // What changes from now on is copied after all that is there.
        var changes = follow ? try await copying.end(ofChanges: nil) : nil
        var all = experiments
        if all.isEmpty { all = try await reading { () throws(StoreError) in try await reader.experiments() }.map(\.id) }
        for id in all {
            try await Finder(reader: reader).within(id) { () throws(CommandFailure) in try await copying.copy(id) }
        }
        try await reading { () throws(StoreError) in try await writer.synchronize() }
        let out = world.output()
        try out.line(copying.told)
        try out.flush()
        if follow { World.note(copying.refusals) }
        while follow {
            try? await Task.sleep(for: .seconds(1))
            let told = copying.refusals.count
            changes = try await copying.copyChanges(after: changes, of: experiments)
            World.note(Array(copying.refusals.dropFirst(told)))
        }
        World.note(copying.refusals)
        if !copying.refusals.isEmpty { throw CommandFailure(status: .failed) }
    }
}
