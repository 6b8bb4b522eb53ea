internal import ArgumentParser
internal import JSON
internal import SystemCalls
internal import TrialAgent
internal import Trials

struct CollectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Frees what deleted trials' snapshots took on this host.",
        discussion: """
              trialwatch gc
              trialwatch gc --dry-run      only says how much that would be
              trialwatch gc --empty lab    the store lab has no trial, and that is right
              trialwatch gc --forget lab   trials were filed in lab, and what only they need may go

            Every trial of every configured store is looked at first, and what waits to be filed: the files of each of \
            them stay. Nothing is removed when one of the stores cannot be read, when one has no trial at all, as \
            where a disk is not mounted, or when the agent ever filed in one that is not configured (any more). What \
            was captured in the last 24 hours stays in any case. Of a project's many packs one is made, which takes \
            far less. An agent may be running; snapshots wait for a moment while files are removed. It may be \
            interrupted at any moment.
            """)

    @Flag(help: "Remove nothing.")
    var dryRun = false

    @Option(
        name: .customLong("empty"),
        help: ArgumentHelp("This store has no trial, and that is right; may be given again.", valueName: "name"))
    var empty: [String] = []

    @Option(
        name: .customLong("forget"),
        help: ArgumentHelp(
            "This store is not configured any more, and its trials' files may go; may be given again.",
            valueName: "name"))
    var forget: [String] = []

    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("The configuration to read.", valueName: "file"))
    var config: String?

    func run() async throws {
        let world = try World.ofThisProcess()
        let state = try world.configuration(config).state
        let sweep = StateSweep(state: state, world: world)
        let stores = try Stores.configured(config, world)
        var needed = NeededSnapshots()
        // A capture is spooled before its reference is old: what is not seen from here on is young then.
        let began = Clock.now
        // What leaves the spool meanwhile is in its store when that is looked at.
        let spooled = try await sweep.spooled()
        for snapshot in spooled.snapshots { needed.add(snapshot) }
        // After the spool: a store is remembered before an entry leaves that for it.
        let forgotten = try forgotten(try await sweep.filedStores(), besides: stores.map(\.store))
        for (store, reader) in stores {
            guard try await needed.add(reader) == 0, !empty.contains(store.name) else { continue }
            throw CommandFailure(
                "gc",
                "store \(SafeText.line(store.name)) has no trial: were it not the right one, its trials' files would go",
                remedy: "see that its disk is mounted; if it has none: --empty \(SafeText.line(store.name))")
        }
        if !dryRun { try await sweep.forget(forgotten) }
        let results = try await sweep.sweepSnapshots(keeping: needed, since: began, isMeant: !dryRun)
        let texts = try await sweep.sweepLibraryTexts(isMeant: !dryRun)
        let trees = results.reduce(0) { $0 + $1.result.trees }
        let bytes = results.reduce(texts) { $0 + $1.result.bytes }
        let packs = results.reduce(0) { $0 + $1.result.packs }
        // It counts what snapshots take by what it writes itself.
        if !dryRun { await AgentClient(try world.configuration(config), world).collected() }
        let out = world.output()
        if output.json {
            try out.json([
                "trials": JSON(needed.trials), "snapshots_removed": JSON(trees), "bytes_freed": JSON(bytes),
                "packs_joined": JSON(packs), "done": .bool(!dryRun),
                "stores": .array(
                    results.map {
                        [
                            "store": .string($0.store), "snapshots_removed": JSON($0.result.trees),
                            "bytes_freed": JSON($0.result.bytes), "packs_joined": JSON($0.result.packs),
                            "notes": TrialJSON.texts($0.result.notes),
                        ]
                    }),
            ])
        } else {
            try out.line(
                "\(Phrases.count(trees, "snapshot")) of no trial, \(Phrases.size(bytes))"
                    + (dryRun ? ": nothing is removed, because of --dry-run" : " freed"))
            if packs > 0 { try out.line("\(Phrases.count(packs, "pack")) of snapshots packed anew") }
        }
        try out.flush()
        if spooled.damaged > 0 {
            World.note([
                "\(state.shown)/spool/quarantine: what \(Phrases.count(spooled.damaged, "damaged file")) may need is not known, and "
                    + "is not kept"
            ])
        }
        let notes = results.flatMap(\.result.notes)
        World.note(notes)
        if !notes.isEmpty { throw CommandFailure(status: .failed) }
    }

    /// The stores whose trials need nothing any more; throws when trials may be in others that are not configured.
    private func forgotten(
        _ filed: [FiledStores.Store], besides configured: [FiledStores.Store]
    ) throws(CommandFailure) -> [FiledStores.Store] {
        let unknown = filed.filter { store in !configured.contains { $0.isSame(as: store) } }
        for name in forget where !unknown.contains(where: { $0.name == name }) {
            let isConfigured = configured.contains { $0.name == name }
            throw CommandFailure(
                "--forget \(SafeText.line(name))",
                isConfigured
                    ? "it is configured, and its trials need their files" : "nothing was filed in a store of this name",
                status: .usage)
        }
        if let store = unknown.first(where: { !forget.contains($0.name) }) {
            let name = SafeText.line(store.name)
            throw CommandFailure(
                "gc",
                "trials were filed in store \(name) (\(SafeText.line("\(store.kind), \(store.address)"))), which is not "
                    + "configured: their files would go",
                remedy:
                    "name the configuration that has it: --config FILE; if its trials' files may go: --forget \(name)")
        }
        return unknown
    }
}
