internal import CGit2
internal import SystemCalls
public import SystemPackage

extension Repository {
    /// Everything there is to know of the repository now, and its work tree, of which a snapshot is kept where `settings` say.
    ///
    /// `progress` is called every few files, from any of the threads that look at them. Throws only when HEAD cannot be read; anything else that cannot is
    /// among the problems.
    public borrowing func capture(
        _ settings: SnapshotSettings, progress: @escaping @Sendable () -> Void = {}
    ) throws(GitError) -> (state: RepositoryState, work: WorkTreeFindings) {
        var (state, tracked) = try details()
        let capture = WorkTreeCapture(state.workTree, tracked, settings, state, progress)
        let work = capture.run()
        state.submodules = tracked.submodules
        state.changes = work.changes
        if let error = tracked.indexError { state.problems.append(error) }
        return (state, work)
    }
}

/// A folder that is in no repository, or in one that libgit2 cannot read.
public enum PlainFolder {
    /// Keeps a snapshot of a folder where `settings` say; `progress` is called every few files, from any of the threads
    /// that look at them.
    public static func capture(
        _ folder: FilePath, _ settings: SnapshotSettings, progress: @escaping @Sendable () -> Void = {}
    ) -> WorkTreeFindings {
        WorkTreeCapture(folder, nil, settings, nil, progress).run()
    }
}

/// One look at a work tree, from which everything comes: what is changed, the snapshot and the patch.
private struct WorkTreeCapture {
    let root: FilePath
    let tracked: TrackedFiles?
    let settings: SnapshotSettings
    /// Whether HEAD's commit is to be had from a remote: whoever has that has its files.
    private let isShared: Bool
    private let branch: String?
    let progress: @Sendable () -> Void

    init(
        _ root: FilePath, _ tracked: TrackedFiles?, _ settings: SnapshotSettings, _ state: RepositoryState?,
        _ progress: @escaping @Sendable () -> Void
    ) {
        // libgit2 ends it with a slash.
        self.root = root.lexicallyNormalized()
        self.tracked = tracked
        self.settings = settings
        isShared = state?.unshared == 0
        branch = state?.branch
        self.progress = progress
    }

    func run() -> WorkTreeFindings {
        var findings = WorkTreeFindings()
        let store = open(&findings)
        // While the lock is held: nobody makes it meanwhile.
        if settings.isFirstOnly, store?.hasSnapshot ?? true { return findings }
        do {
            do throws(SnapshotError) {
                var made = findings
                try look(into: store, knowing: store, &made)
                made.written = store?.written ?? 0
                return made
            } catch {
                findings.problems.append("snapshot: the files are not kept: \(error)")
                store?.discard()
                // What differs is told all the same, by a walk of its own: of what the first one found, some was taken away.
                if tracked != nil { try look(into: nil, knowing: store, &findings) }
            }
        } catch {
            findings.problems.append("snapshot: what is changed is not known: \(error)")
        }
        findings.written = store?.written ?? 0
        return findings
    }

    /// One walk, and what is made of it; only a failure of the store is thrown.
    private func look(
        into store: SnapshotStore?, knowing known: SnapshotStore?, _ findings: inout WorkTreeFindings
    ) throws(SnapshotError) {
        let began = Clock.now
        var walk = WorkTreeWalk(root, tracked, settings, progress: progress)
        let folder: WorkFolder
        do throws(SystemCallError) {
            folder = try walk.run(tracked)
        } catch {
            findings.problems.append("snapshot: the files in \(root.shown) were not looked at: \(error)")
            return
        }
        try make(folder, walk.notes, into: store, knowing: known, began, &findings)
    }

    private func open(_ findings: inout WorkTreeFindings) -> SnapshotStore? {
        guard let stores = settings.stores else { return nil }
        do throws(SnapshotError) {
            return try SnapshotStore(
                SnapshotStore.name(for: root), in: stores, refusing: settings.refusal, within: settings.patience,
                waiting: progress)
        } catch {
            findings.problems.append("snapshot: the files are not kept: \(error)")
            return nil
        }
    }

    private func make(
        _ folder: WorkFolder, _ notes: SnapshotNotes, into store: SnapshotStore?, knowing known: SnapshotStore?,
        _ began: Int64, _ findings: inout WorkTreeFindings
    ) throws(SnapshotError) {
        var making: SnapshotMaking
        do throws(SystemCallError) {
            making = try SnapshotMaking(
                root, knowing: known?.known ?? KnownFiles(), into: store, notes, settings, began: began,
                progress: progress)
        } catch {
            throw SnapshotError("opening \(root.shown)", error)
        }
        making.limit(folder)
        try making.readFiles(in: folder)
        try making.writeTrees(of: folder)
        try store?.commit()
        if let tracked {
            do throws(GitError) {
                try compare(tracked, folder, &making, store, known, &findings)
            } catch {
                findings.problems.append("snapshot: what is changed is not known: \(error)")
            }
        }
        if let store, let tree = folder.tree {
            try store.protect(tree)
            making.remember(folder)
            findings.tree = tree
            findings.store = store.name
            share(tree, of: folder, in: store, &findings)
        }
        findings.files = making.files
        findings.size = making.size
        (findings.leftOut, findings.moreLeftOut) = making.notes.listing
        findings.changedWhileRead = making.notes.changedWhileRead
        findings.problems += making.notes.problems
    }

    /// Makes what other hosts need of the tree, where that is asked for, and of commits.
    private func share(
        _ tree: ObjectID, of folder: WorkFolder, in store: SnapshotStore, _ findings: inout WorkTreeFindings
    ) {
        guard let wish = settings.pack else { return }
        tracked?.forgetIndex()
        let settings = settings
        let limits = PackFilling.Limits(
            largest: wish.largest, isSecret: { settings.scrubbed($1, $0) != nil }, clean: { folder.lookedThrough },
            progress: progress)
        do throws(SnapshotError) {
            let base = isShared ? tracked : nil
            let (pack, reason) = try PackSharing(tree: tree, store: store.path, base: base).run(
                into: wish.folder, limits)
            findings.pack = pack
            if let reason { findings.problems.append("snapshot: other hosts do not get the files: \(reason)") }
        } catch {
            findings.problems.append("snapshot: other hosts do not get the files: \(error)")
        }
        guard wish.hasCommits, let tracked else { return }
        do throws(SnapshotError) {
            let sharing = CommitSharing(
                tracked: tracked, branch: branch, store: store.path, secretNames: settings.secretNames)
            let (bundle, reason) = try sharing.run(into: wish.folder, limits)
            findings.bundle = bundle
            if let reason { findings.problems.append(commitsStay(reason)) }
        } catch {
            findings.problems.append(commitsStay("\(error)"))
        }
    }

    private func commitsStay(_ reason: String) -> String {
        "snapshot: other hosts do not get the commits that no remote has: \(reason)"
    }

    private func compare(
        _ tracked: TrackedFiles, _ folder: WorkFolder, _ making: inout SnapshotMaking, _ store: SnapshotStore?,
        _ known: SnapshotStore?, _ findings: inout WorkTreeFindings
    ) throws(GitError) {
        for (submodule, _) in making.notes.submodules.reversed() {
            guard let inner = submodule.tracked else { continue }
            let comparison = try TreeComparison(
                inner, submodule, making.notes, objects: making.objects, stored: known?.objectFolder,
                progress: progress)
            if comparison.changes.map({ $0.differing > 0 }) ?? false {
                making.notes.dirtySubmodules.insert(submodule.path)
            }
        }
        var comparison = try TreeComparison(
            tracked, folder, making.notes, objects: making.objects, stored: known?.objectFolder, progress: progress)
        var isChanged = false
        do throws(SnapshotError) {
            isChanged = try making.lookThrough(comparison.paths, below: folder)
            if isChanged {
                try making.writeTrees(of: folder)
                try store?.commit()
            }
        } catch {
            throw GitError(function: "snapshot", code: -1, message: "\(error)")
        }
        if isChanged {
            comparison = try TreeComparison(
                tracked, folder, making.notes, objects: making.objects, stored: known?.objectFolder,
                progress: progress)
        }
        findings.changes = comparison.changes
        guard tracked.tree != nil, tracked.index != nil else { return }
        for path in making.notes.dirtySubmodules {
            findings.problems.append(
                "patch: the changes in the submodule \(FilePath(bytes: path).shown) are in the snapshot only")
        }
        var untold: [([UInt8], TreeComparison.Untold)] = []
        let patch = try comparison.patch(
            limit: settings.largestPatch, secretNames: settings.secretNames,
            isSecret: { path, lines in
                settings.scrub(path, lines) != nil || lines.contains("«scrubbed:".utf8)
            }, untold: { untold.append(($0, $1)) })
        for (path, what) in untold {
            let reason =
                switch what {
                case .path: "its name has what looks like a secret"
                case .name: "its name says that it holds secrets"
                case .place: "it takes the place of a file whose going is not told"
                case .hunks(1): "1 hunk that touches what looks like a secret"
                case .hunks(let count): "\(count) hunks that touch what looks like a secret"
                }
            var isScrubbed = false
            if case .hunks = what { isScrubbed = true }
            making.notes.leaveOut(path, "\(reason): not in the patch", isScrubbed: isScrubbed)
        }
        findings.patch = patch
        if patch == nil {
            findings.problems.append(
                "patch: it has more than \(settings.largestPatch) bytes and is not kept (snapshot: patch)")
        }
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: String.UTF8View) -> Bool {
        let wanted = Array(text)
        guard let first = wanted.first else { return true }
        var place = startIndex
        while let found = self[place...].firstIndex(of: first) {
            if self[found...].starts(with: wanted) { return true }
            place = found + 1
        }
        return false
    }
}
