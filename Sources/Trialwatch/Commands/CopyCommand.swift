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
            another run in TO is refused and told; with --renumber it gets the next number there, after the others. What was \
            deleted in TO stays deleted; what was deleted in FROM before it was copied is not filed to TO any more, either.
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
        let readiness = try await reading { () throws(StoreError) in try await to.writer.prepare() }
        World.note(readiness.notices.map(\.text))
        var copying = TrialCopying(reader: from.reader, writer: to.writer, renumbers: renumber)
        let changes: ChangeCursor?
        do throws(CommandFailure) { changes = try await copyAll(by: &copying) } catch {
            // What stopped it is told after what it had come to.
            World.note(copying.refusals)
            throw error
        }
        let out = world.output()
        try out.line(copying.told)
        try out.flush()
        World.note(copying.refusals)
        if follow {
            var following = ChangeFollowing(copying, after: changes, of: experiments)
            while true {
                let (told, pause) = try await reading { () throws(StoreError) in try await following.step() }
                World.note(told)
                if let pause { try? await Task.sleep(for: pause) }
            }
        }
        if !copying.refusals.isEmpty { throw CommandFailure(status: .failed) }
    }

    /// Copies what there is; gives the place from which on changes are still to be copied, if they are.
    private func copyAll(by copying: inout TrialCopying) async throws(CommandFailure) -> ChangeCursor? {
        let reader = copying.reader
        // What changes from now on is copied after all that is there.
        let changes =
            follow ? try await reading { () throws(StoreError) in try await copying.end(ofChanges: nil) } : nil
        var all = experiments
        if all.isEmpty { all = try await reading { () throws(StoreError) in try await reader.experiments() }.map(\.id) }
        for id in all {
            try await Finder(reader: reader).within(id) { () throws(CommandFailure) in
                try await reading { () throws(StoreError) in try await copying.copy(id) }
            }
        }
        let writer = copying.writer
        try await reading { () throws(StoreError) in try await writer.synchronize() }
        return changes
    }
}
