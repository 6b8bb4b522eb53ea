internal import CGit2
internal import SystemCalls
internal import SystemPackage

/// The one walk over a work tree: finds what belongs into a snapshot, by stat alone, and says of the rest why it is left out.
struct WorkTreeWalk: ~Copyable {
    let settings: SnapshotSettings
    let root: FilePath
    let progress: @Sendable () -> Void
    let isRepository: Bool
    let global: IgnoreStack?
    var notes: SnapshotNotes
    /// Files that were found.
    var count = 0
    /// Folders that were come to and not yet walked over, the outermost first. The first `given` were given away.
    var pending: [FolderPlace] = []
    var given = 0
    /// Its part in a walk of two threads; nil for one that walks alone.
    var share: WalkShare?

    /// A walk below `root`, which is the work tree of `tracked` where it is in a repository.
    init(
        _ root: FilePath, _ tracked: TrackedFiles?, _ settings: SnapshotSettings,
        progress: @escaping @Sendable () -> Void
    ) {
        self.root = root
        self.settings = settings
        self.progress = progress
        isRepository = tracked != nil
        notes = SnapshotNotes(mostListed: settings.mostListed)
        global = Self.globalRules(tracked, root, &notes)
    }

    /// The same walk, of another thread.
    init(
        _ root: FilePath, isRepository: Bool, _ global: IgnoreStack?, _ settings: SnapshotSettings,
        progress: @escaping @Sendable () -> Void
    ) {
        self.root = root
        self.settings = settings
        self.progress = progress
        self.isRepository = isRepository
        self.global = global
        notes = SnapshotNotes(mostListed: settings.mostListed)
    }

    /// What is in the root. Of a large tree another thread walks a part, where the settings have one.
    mutating func run(_ tracked: TrackedFiles?) throws(SystemCallError) -> WorkFolder {
        let before = notes
        if settings.threads > 1 { share = WalkShare() }
        let folder = try whole(tracked)
        guard finishTogether(), count > settings.mostFiles else { return folder }
        // Which files are too many must not hang on which thread was the first to see them.
        notes = before
        (count, given, pending) = (0, 0, [])
        return try whole(tracked)
    }

    private mutating func whole(_ tracked: TrackedFiles?) throws(SystemCallError) -> WorkFolder {
        let descriptor = try OwnedDescriptor(directory: root, followingLinks: false)
        let listing = try Listing(of: descriptor)
        let folder = WorkFolder(path: [], tracked: tracked, base: 0)
        fill(folder, listing, descriptor, rules: rules(of: tracked, base: 0), isExcluded: false, depth: 0)
        return folder
    }

    /// So many entries of a folder are looked at in one go.
    private static let entriesOfBeat = 32

    mutating func fill(
        _ folder: WorkFolder, _ listing: Listing, _ descriptor: borrowing OwnedDescriptor, rules outer: IgnoreStack?,
        isExcluded: Bool, depth: Int
    ) {
        let pendingBefore = pending.count
        var rules = outer
        if listing.hasRules, let list = readRules(in: descriptor, of: folder) {
            rules = IgnoreStack(list, outer: outer)
        }
        // Without the room for more that the listing has.
        folder.names = listing.names.withUnsafeBufferPointer { Array($0) }
        folder.entries.reserveCapacity(listing.entries.count)
        var path = folder.path
        if !path.isEmpty { path.append(UInt8(ascii: "/")) }
        let start = path.count
        for (place, (name, kind)) in listing.entries.enumerated() {
            if place % Self.entriesOfBeat == 0 { progress() }
            path.removeSubrange(start...)
            path += listing.names[name]
            path.append(0)
            var kind = kind
            var status: FileStatus?
            if kind == .unknown {
                status = try? descriptor.status(of: listing.names, at: name.lowerBound)
                guard let found = status?.kind else { continue }
                kind = found
            }
            let isFolder = kind == .directory
            // libgit2 asks nobody whether it is ignored.
            if kind != .regular, listing.names[name].elementsEqual(".gitattributes".utf8) {
                notes.hasOddAttributes = true
            }
            guard let isExcluded = look(path, start, isFolder, isExcluded, rules, folder) else { continue }
            switch kind {
            case .directory:
                if hasSecretName(name, listing.names, path, folder) {
                    notes.untracked += 1
                    notes.leaveOut(path.dropLast(), "its name has what looks like a secret")
                    continue
                }
                folder.entries.append(
                    WorkEntry(
                        name: name, kind: .folder,
                        stamp: FileStamp(inode: 0, device: 0, size: 0, modified: 0, changed: 0)))
                pending.append(
                    FolderPlace(
                        path: Array(path.dropLast()), outer: folder, name: name, rules: rules, isExcluded: isExcluded,
                        depth: depth))
            case .regular, .symbolicLink:
                // A file that is gone by now was not there.
                guard let status = status ?? (try? descriptor.status(of: listing.names, at: name.lowerBound)),
                    let entry = file(name, listing.names, status, path, folder, descriptor)
                else { continue }
                folder.entries.append(entry)
            case .fifo: notes.leaveOut(path.dropLast(), "it is a named pipe")
            case .socket: notes.leaveOut(path.dropLast(), "it is a socket")
            default: notes.leaveOut(path.dropLast(), "it is a device")
            }
        }
        folder.sort()
        while let place = nextPending(of: pendingBefore) {
            folder.settle(place.name, self.folder(place, descriptor, listing.names))
        }
    }

    /// Whether git's own rules ignore an entry; its path has a zero behind it.
    private func isIgnored(_ path: [UInt8], _ nameStart: Int, _ isFolder: Bool, _ rules: IgnoreStack?) -> Bool {
        guard let rules else { return false }
        return path.withUnsafeBufferPointer { path in
            rules.ignores(
                UnsafeBufferPointer(rebasing: path.dropLast()), nameStart: nameStart, isFolder: isFolder)
        }
    }

    /// Whether an entry is ignored, and only there because it is tracked; nil for one that is not looked at: what is ignored and
    /// not tracked, and what the project's own rules mean.
    private mutating func look(
        _ path: [UInt8], _ nameStart: Int, _ isFolder: Bool, _ isExcluded: Bool, _ rules: IgnoreStack?,
        _ folder: WorkFolder
    ) -> Bool? {
        let passed = path.withUnsafeBufferPointer {
            settings.passesOver(
                UnsafeBufferPointer(rebasing: $0.dropLast()), nameStart: nameStart, isFolder: isFolder)
        }
        guard isExcluded || passed.untracked || isIgnored(path, nameStart, isFolder, rules) else { return false }
        guard let tracked = folder.tracked, isTracked(path, isFolder, tracked, folder.base) else { return nil }
        guard passed.tracked else { return true }
        notes.leaveOut(path.dropLast(), "the configuration ignores it")
        if isFolder {
            notes.missingFolders.append(Array(path.dropLast()))
        } else {
            notes.missing[Array(path.dropLast())] = false
        }
        return nil
    }

    private func isTracked(_ path: [UInt8], _ isFolder: Bool, _ tracked: TrackedFiles, _ base: Int) -> Bool {
        if isFolder {
            let relative = Array(path[base...].dropLast())
            return tracked.link(relative) != nil || tracked.tracksBelow(relative)
        }
        return path.withUnsafeBufferPointer { $0.baseAddress.map { tracked.tracks($0 + base) } ?? false }
    }

    // MARK: Files

    private mutating func file(
        _ name: Range<Int>, _ names: [UInt8], _ status: FileStatus, _ path: [UInt8], _ folder: WorkFolder,
        _ descriptor: borrowing OwnedDescriptor
    ) -> WorkEntry? {
        let kind: WorkEntry.Kind
        switch status.kind {
        case .regular: kind = self.kind(of: status, path, folder)
        case .symbolicLink: kind = .link
        default: return nil
        }
        let stamp = FileStamp(status)
        func leave(_ reason: String, _ notes: inout SnapshotNotes) {
            notes.leaveOut(path.dropLast(), reason, stamp, by: folder)
        }
        guard settings.owners.contains(status.owner) else {
            leave(
                "it belongs to user \(status.owner), whose files are not read (name the user under `owners`)", &notes)
            return nil
        }
        if hasSecretName(name, names, path, folder) {
            leave("its name has what looks like a secret", &notes)
            return nil
        }
        if kind != .link {
            let isSecret = path[(path.count - 1 - name.count)...].dropLast().withUnsafeBufferPointer {
                settings.secretNames.answer($0, nameStart: 0, isFolder: false) ?? false
            }
            if isSecret {
                leave("its name says that it holds secrets", &notes)
                return nil
            }
            if status.size > settings.largestFile {
                leave(
                    "it has \(status.size) bytes, more than the \(settings.largestFile) that are kept (snapshot: max_file)",
                    &notes)
                return nil
            }
        }
        count += 1
        if count > settings.mostFiles {
            if count == settings.mostFiles + 1 {
                notes.problems.append(
                    "snapshot: there are more than \(settings.mostFiles) files, and the rest was left out (ignore data in .gitignore)"
                )
            }
            // Of these there are no more than the index has; some of the others go for them in the end.
            if folder.tracked.map({ !isTracked(path, false, $0, folder.base) }) ?? true {
                leave("there are more than \(settings.mostFiles) files", &notes)
                return nil
            }
        }
        return WorkEntry(name: name, kind: kind, stamp: stamp)
    }
}
