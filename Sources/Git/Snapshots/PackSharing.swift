internal import CGit2
internal import SystemCalls
internal import SystemPackage

/// Makes of a stored tree the pack that other hosts get: all of its objects, or those that a commit lacks, and on request the
/// commits that no remote has.
///
/// The same tree and commits give the same bytes. The store, which has to be locked, keeps the last pack in its folder `shared`,
/// so that a tree that is found again costs nothing; the file `note` there says what it is of, and is touched whenever it is
/// asked for.
struct PackSharing {
    /// What came of it.
    struct Made {
        /// Nil when there is none.
        var pack: SnapshotPack?
        /// Why something does not go along, each as a sentence.
        var problems: [String] = []
    }

    private let store: FilePath
    private let tree: ObjectID
    /// The repository of the work tree; nil for a folder that is in none.
    private let tracked: TrackedFiles?
    /// Whether HEAD's commit is to be had from a remote, so that its objects need not go along.
    private let isShared: Bool
    private let settings: PackSettings
    private let snapshot: SnapshotSettings
    private let lookedThrough: () -> Set<ObjectID>
    private let progress: @Sendable () -> Void

    /// Where a store keeps its last pack.
    static let folder = "shared"
    private static let ending = ".pack"
    private static let note = "note"
    /// A pack is kept by a server, for long: git's own level.
    private static let level: Int32 = 6

    /// Of a tree in the store at a path. `snapshot` says what must not leave this host; of what was looked through it is not
    /// asked again.
    init(
        of tree: ObjectID, in store: FilePath, _ tracked: TrackedFiles?, isShared: Bool, _ settings: PackSettings,
        _ snapshot: SnapshotSettings, lookedThrough: @escaping () -> Set<ObjectID>,
        progress: @escaping @Sendable () -> Void
    ) {
        self.tree = tree
        self.store = store
        self.tracked = tracked
        self.isShared = isShared
        self.settings = settings
        self.snapshot = snapshot
        self.lookedThrough = lookedThrough
        self.progress = progress
    }

    /// Makes it, or takes the last one.
    func run() throws(SnapshotError) -> Made {
        var made = Made()
        let commits = commits(&made)
        let subject = PackNote.Subject(tree: tree, base: isShared ? tracked?.commit : nil, commits: commits?.mark)
        let known = note()
        let note: PackNote
        if let known, known.answers(subject, atMost: settings.largest), isThere(known) {
            note = known
            try? OwnedDescriptor(opening: path(Self.note), .readOnly, options: .noFollow).touch()
        } else {
            note = try make(subject, commits)
        }
        switch note.outcome {
        case .made(_, let size) where size > settings.largest:
            made.problems.append(filesStay(.larger(than: settings.largest)))
        case .made(let digest, let size):
            made.pack = SnapshotPack(file: try handOver(digest), digest: digest, size: size, base: subject.base)
            if let withheld = note.withheld {
                made.problems.append(commitsStay(phrase(withheld)))
            } else if let commits {
                made.pack?.commits = .init(count: commits.count, prerequisites: commits.prerequisites)
            }
        case .nothing(let refusal): made.problems.append(filesStay(refusal))
        }
        return made
    }

    private func commits(_ made: inout Made) -> UnsharedCommits? {
        guard settings.hasCommits, let tracked, tracked.commit != nil else { return nil }
        do throws(GitError) { return try UnsharedCommits(of: tracked.repository) } catch {
            made.problems.append(commitsStay("\(error)"))
            return nil
        }
    }

    private func commitsStay(_ reason: String) -> String {
        "snapshot: commits that no remote has do not go along: \(reason)"
    }

    private func filesStay(_ refusal: PackNote.Refusal) -> String {
        "snapshot: other hosts do not get the files: \(phrase(refusal))"
    }

    private func phrase(_ refusal: PackNote.Refusal) -> String {
        switch refusal {
        case .larger: "they take more than \(settings.largest) bytes, packed (snapshot: share)"
        case .reason(let reason): reason
        }
    }

    private func path(_ name: String) -> FilePath { store.appending(Self.folder).appending(name) }

    private func note() -> PackNote? {
        guard let file = try? OwnedDescriptor(opening: path(Self.note), .readOnly, options: [.noFollow, .nonBlocking]),
            let bytes = try? file.readToEnd(limit: 1 << 16)
        else { return nil }
        return String(validating: bytes, as: UTF8.self).flatMap { PackNote($0) }
    }

    private func isThere(_ note: PackNote) -> Bool {
        guard case .made(let digest, let size) = note.outcome else { return true }
        return (try? FileStatus.ifPresent(path(digest + Self.ending)))?.size == Int64(size)
    }

    /// Gives it a name that stays when the store keeps another one.
    private func handOver(_ digest: String) throws(SnapshotError) -> String {
        let name = "pack-" + String(UInt64.random(in: .min ... .max), radix: 36)
        do throws(SystemCallError) {
            try FileSystem.linkOrCopy(path(digest + Self.ending), to: settings.folder.appending(name))
        } catch {
            throw SnapshotError("handing over a pack", error)
        }
        return name
    }

    // MARK: Making it

    private func make(_ subject: PackNote.Subject, _ commits: UnsharedCommits?) throws(SnapshotError) -> PackNote {
        // Of a large tree that is as much as the pack takes.
        ProcessMemory.giveBackUnused()
        do throws(SystemCallError) {
            // The pack of before, and what a kill left.
            let folder = store.appending(Self.folder)
            try FileSystem.makeDirectories(folder)
            for entry in try FileSystem.entries(of: folder) { try FileSystem.remove(folder.appending(entry.name)) }
        } catch {
            throw SnapshotError("making room for a pack", error)
        }
        var note = PackNote(subject, try pack(subject, commits))
        // The files matter more than the commits.
        if commits != nil, case .nothing(let refusal) = note.outcome {
            note = PackNote(subject, try pack(subject, nil), withheld: refusal)
        }
        do throws(SystemCallError) {
            try FileSystem.replace(
                path(Self.note), with: Array(note.text.utf8), permissions: [.ownerRead, .ownerWrite])
        } catch {
            throw SnapshotError("writing down what a pack is of", error)
        }
        return note
    }

    private func pack(
        _ subject: PackNote.Subject, _ commits: UnsharedCommits?
    ) throws(SnapshotError) -> PackNote.Outcome {
        let snapshot = snapshot
        var filling = PackFilling(
            try PackWriter(in: store.appending(Self.folder), level: Self.level),
            .init(
                largest: settings.largest, isSecret: { snapshot.scrubbed($1, $0) != nil }, clean: lookedThrough(),
                progress: progress))
        do throws(PackFilling.Hindrance) {
            // The tree first: of a folder that is in the pack everything is, and commits have only what others lack.
            try addTree(besides: subject.base, to: &filling)
            try commits?.add(to: &filling, secretNames: snapshot.secretNames)
        } catch {
            filling.end().discard()
            switch error {
            case .refusal(let refusal): return .nothing(refusal)
            // Of an old commit something may be missing: the files go along all the same.
            case .failure(let failure) where commits != nil: return .nothing(.reason("\(failure)"))
            case .failure(let failure): throw failure
            }
        }
        let (digest, size) = try filling.end().commit(withEnding: Self.ending)
        return size > settings.largest ? .nothing(.larger(than: settings.largest)) : .made(digest: digest, size: size)
    }

    private func addTree(besides base: ObjectID?, to filling: inout PackFilling) throws(PackFilling.Hindrance) {
        let place = store.appending("objects")
        let source = try PackFilling.Hindrance.reading { () throws(GitError) in try ObjectStore(at: place) }
        var known: Set<ObjectID> = []
        if base != nil, let tracked, let root = git_tree_id(tracked.tree).map({ ObjectID($0.pointee) }) {
            let repository = tracked.repository
            let other = try PackFilling.Hindrance.reading { () throws(GitError) in try ObjectStore(of: repository) }
            known = root == tree ? [root] : filling.objects(of: [root], in: other)
        }
        // What is committed is in the tree as it is: on a remote it is known already, and else it stays here.
        try filling.add(
            tree: tree, besides: known, from: source, PackFilling.Origin(reason: ", and is committed"))
    }
}
