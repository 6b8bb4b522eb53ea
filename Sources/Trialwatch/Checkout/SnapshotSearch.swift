internal import Bytes
internal import Git
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials

/// What became of the commits that are kept with a trial.
enum FetchedCommits {
    /// There are none.
    case none
    /// A bundle of git's.
    case here([UInt8])
    /// Why they cannot be had, as the end of a sentence.
    case gone(String)

    var areHere: Bool { if case .here = self { true } else { false } }
}

/// Finds the files of a trial: here, else in its store.
struct SnapshotSearch {
    let trial: StoredTrial
    let reader: any TrialReader
    let world: World
    /// The agent's state directory.
    let state: FilePath
    /// A clone of the project's repository; nil when the user names none.
    let clone: FilePath?

    /// What a trial says of its files; throws when none were kept.
    func snapshot() throws(CommandFailure) -> Snapshot {
        guard let snapshot = trial.capture?.snapshot else {
            throw CommandFailure(
                subject, "its project's files were not kept",
                remedy: trial.capture?.code == nil
                    ? "trialwatch show \(trial.reference) has what is known of it"
                    : "trialwatch show \(trial.reference) --full has its entry scripts",
                status: .noSuchThing)
        }
        return snapshot
    }

    /// Whether this host has all of it.
    func isHere(_ library: GitLibrary) throws(CommandFailure) -> Bool {
        switch try SnapshotObjects.here(snapshot(), in: state, library) {
        case .some: true
        case .none: false
        }
    }

    /// What the store keeps for other hosts; nil when it keeps nothing.
    func pack() async throws(CommandFailure) -> [UInt8]? {
        guard let part = trial.parts.first(where: { $0.role == .pack }) else { return nil }
        let (reader, reference) = (reader, trial.reference)
        return try await reading { () throws(StoreError) in try await reader.part(part, of: reference) }
    }

    /// The commits that the store keeps for other hosts. They are no reason for a checkout to fail.
    func commits() async -> FetchedCommits {
        guard let bundle = CommitBundle(trial) else {
            return trial.capture?.snapshot?.commits == nil ? .none : .gone("the store has them no more")
        }
        let (reader, reference) = (reader, trial.reference)
        do throws(StoreError) {
            guard let bytes = try await reader.part(bundle.part, of: reference) else {
                return .gone("the store has them no more")
            }
            guard SHA256.digest(of: bytes).hex == bundle.part.digest else {
                return .gone("what the store has of them is damaged")
            }
            return .here(bytes)
        } catch {
            return .gone("\(error)")
        }
    }

    /// The objects; throws when something is missing, with where it is to be had.
    func objects(pack: [UInt8]?, _ library: GitLibrary) throws(CommandFailure) -> SnapshotObjects {
        let snapshot = try snapshot()
        switch try SnapshotObjects.here(snapshot, in: state, library) {
        case .some(let here): return here
        case .none: break
        }
        guard let pack else { throw isElsewhere(snapshot) }
        var others: [FilePath] = []
        if let clone { others = [try folder(of: clone, library)] }
        let found = try SnapshotObjects.of(
            pack: pack, snapshot, besides: others, cache: world.surroundings.cacheHome, library)
        guard found.listing.missing == 0 else { throw isIncomplete(snapshot, found.listing.missing) }
        return found
    }

    private var subject: String { "trial \(trial.reference)" }

    private func isElsewhere(_ snapshot: Snapshot) -> CommandFailure {
        let here = (try? Machine())?.hostName
        if snapshot.host == here {
            return CommandFailure(
                subject, "the agent's directory \(state.shown) does not have its snapshot any more, nor does the store",
                status: .noSuchThing)
        }
        return CommandFailure(
            subject, "its snapshot is on host \(SafeText.line(snapshot.host)), and the store has nothing of it",
            remedy: "run this there; snapshot: {share: …} of the project keeps later ones in the store",
            status: .noSuchThing)
    }

    private func isIncomplete(_ snapshot: Snapshot, _ missing: Int) -> CommandFailure {
        guard snapshot.pack == .besidesBase, let base = snapshot.base else {
            return CommandFailure(
                subject, "\(Phrases.count(missing, "object")) of its snapshot are missing in what the store has of it")
        }
        let remote = trial.capture?.git?.remote.map { " of \(SafeText.line($0))" } ?? ""
        if let clone {
            return CommandFailure(
                subject, "\(clone.shown) does not have commit \(SafeText.line(base)), which its snapshot needs",
                remedy: "git fetch there")
        }
        return CommandFailure(
            subject,
            "the store has what its files had besides commit \(SafeText.line(base))\(remote), and that is needed, too",
            remedy: "git clone it, and name the clone: --repository DIR", status: .noSuchThing)
    }

    /// The folder of a clone's objects.
    private func folder(of path: FilePath, _ library: GitLibrary) throws(CommandFailure) -> FilePath {
        let text = "--repository \(path.shown)"
        let place: FilePath
        do throws(SystemCallError) { place = try FileSystem.resolve(path) } catch {
            throw CommandFailure(text, "\(error)", status: .usage)
        }
        switch try Self.search(around: place, library, text) {
        case .found(let repository):
            return try Self.objects(of: repository, text)
        case .none: throw CommandFailure(text, "it is no repository of git's", status: .usage)
        case .refused(let reason): throw CommandFailure(text, "it cannot be used: \(reason)", status: .usage)
        }
    }

    private static func search(
        around place: FilePath, _ library: GitLibrary, _ text: String
    ) throws(CommandFailure) -> RepositorySearch {
        do throws(GitError) { return try library.search(around: place, below: "/") } catch {
            throw CommandFailure(text, "\(error)")
        }
    }

    private static func objects(
        of repository: borrowing Repository, _ text: String
    ) throws(CommandFailure) -> FilePath {
        do throws(GitError) { return try repository.objects() } catch { throw CommandFailure(text, "\(error)") }
    }
}
