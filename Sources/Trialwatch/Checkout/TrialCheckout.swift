internal import Git
internal import JSON
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials

/// Writes a trial's files, and what is needed to repeat its run, into a new folder.
actor TrialCheckout {
    /// What was written.
    struct Report: Sendable {
        var files: Int
        var size: Int
        /// What is not there, each as a sentence.
        var notes: [String]
    }

    private let executor = BlockingExecutor("trialwatch.checkout")
    /// It waits for the disk on a thread of its own.
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let search: SnapshotSearch

    /// The folder beside the files that has what is ours.
    static let ownFolder = FilePath(".trialwatch")
    /// So many entries are told on standard error; `RUN.md` has them all.
    private static let told = 10

    init(_ search: SnapshotSearch) { self.search = search }

    /// Whether this host has all files of the trial, so that nothing has to be fetched.
    func isHere() throws(CommandFailure) -> Bool { try search.isHere(library()) }

    private func library() throws(CommandFailure) -> GitLibrary {
        let surroundings = search.world.surroundings
        do throws(GitError) {
            return try GitLibrary(home: surroundings.home, configuration: surroundings.configurationHome)
        } catch {
            throw CommandFailure("starting libgit2", "\(error)")
        }
    }

    /// Writes everything; throws before anything is written when something is missing. The folder that the run was started `in` is
    /// there afterwards, whatever the tree has; nil where it does not matter.
    func write(
        to folder: FilePath, isPrivate: Bool, startingIn start: FilePath?, pack: [UInt8]?, commits: FetchedCommits,
        requirements: String?, record: JSON
    ) throws(CommandFailure) -> Report {
        let source = try search.objects(pack: pack, library())
        var writing = try TreeWriting(into: folder, isPrivate: isPrivate)
        // Where an agent watches, it waits with the markers among the files until `trial.json` says whose they are.
        let unfinished = FilePath(MarkerPatterns.unfinishedCheckout)
        let lock = try writing.makeLocked(unfinished, in: Self.ownFolder)
        defer { withExtendedLifetime(lock) { writing.remove(unfinished, in: Self.ownFolder) } }
        try writing.writeFiles(source.listing, from: source.objects)
        if let requirements {
            try writing.write(Array(requirements.utf8), to: "requirements.txt", in: Self.ownFolder)
        }
        try writing.write(Array((record.text(.pretty) + "\n").utf8), to: "trial.json", in: Self.ownFolder)
        // Links, which may take a name of ours, are refused only after the guide is there: it tells of what comes before.
        if case .here(let bytes) = commits {
            try writing.write(bytes, to: FilePath(CommitBundle.name), in: Self.ownFolder)
        }
        let guide = RunGuide(
            trial: search.trial, snapshot: source.snapshot, refusals: source.listing.refusals + writing.refusals,
            hasRequirements: requirements != nil, commits: commits.areHere ? CommitBundle(search.trial) : nil)
        try writing.write(Array(guide.text.utf8), to: "RUN.md", in: Self.ownFolder)
        try writing.writeLinks(source.listing, from: source.objects)
        let refusals = source.listing.refusals + writing.refusals
        var notes = notes(source.snapshot, refusals)
        if case .gone(let reason) = commits {
            notes.append("the commits that no remote had are not there: \(reason)")
        }
        // After the links, which it must not go through.
        if let start, try writing.makeFolder(start) {
            notes.append("the run's folder \(start.shown) is not among its files: it was made, with nothing in it")
        }
        return Report(files: source.listing.count, size: source.listing.size, notes: notes)
    }

    private func notes(_ snapshot: Snapshot, _ refusals: [TreeListing.Refusal]) -> [String] {
        var notes = refusals.prefix(Self.told).map { "not written: \($0.path): \($0.reason)" }
        if refusals.count > Self.told { notes.append("not written: \(refusals.count - Self.told) more") }
        notes += snapshot.leftOut.prefix(Self.told).map {
            "\($0.isScrubbed ? "without its secrets" : "not kept"): \($0.path): \($0.reason)"
        }
        let more = max(0, snapshot.leftOut.count - Self.told) + snapshot.moreLeftOut
        if more > 0 { notes.append("not kept: \(more) more, see .trialwatch/RUN.md") }
        if !snapshot.changedWhileRead.isEmpty {
            notes.append(
                "\(Phrases.count(snapshot.changedWhileRead.count, "file")) changed while the snapshot was made, see "
                    + ".trialwatch/RUN.md")
        }
        return notes
    }
}

/// A trial's checkout as commands ask for it.
struct CheckoutRequest {
    let trial: StoredTrial
    let reader: any TrialReader
    let world: World
    let config: String?
    let clone: String?

    /// Where its files may be.
    func search() throws(CommandFailure) -> SnapshotSearch {
        let base = world.surroundings.workingDirectory
        return SnapshotSearch(
            trial: trial, reader: reader, world: world, state: try world.configuration(config).state,
            clone: clone.map { base.pushing(FilePath($0)).lexicallyNormalized() })
    }

    /// Writes it into a folder; `isPrivate`, and `startingIn`, as `TrialCheckout` has them.
    func write(
        to folder: FilePath, isPrivate: Bool = false, startingIn start: FilePath? = nil
    ) async throws(CommandFailure) -> TrialCheckout.Report {
        let search = try search()
        _ = try search.snapshot()
        let (reader, trial) = (reader, trial)
        let requirements = try await reading { () throws(StoreError) in
            try await reader.text(.requirements, of: trial.reference)
        }
        let checkout = TrialCheckout(search)
        let pack = try await checkout.isHere() ? nil : search.pack()
        let commits = isPrivate ? .none : await search.commits()
        return try await checkout.write(
            to: folder, isPrivate: isPrivate, startingIn: start, pack: pack, commits: commits,
            requirements: requirements,
            record: TrialJSON.of(trial, series: [:]))
    }
}
