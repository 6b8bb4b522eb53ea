internal import CGit2
internal import SystemCalls
internal import SystemPackage

/// The one walk over a work tree: finds what belongs into a snapshot, by stat alone, and says of the rest why it is left out.
struct WorkTreeWalk {
    let settings: SnapshotSettings
    let root: FilePath
    private let progress: () -> Void
    private let isRepository: Bool
    let global: IgnoreStack?
    var notes: SnapshotNotes
    private var count = 0

    /// Deeper folders are left out: each level takes a descriptor.
    private static let deepest = 400

    /// A walk below `root`, which is the work tree of `tracked` where it is in a repository.
    init(
        _ root: FilePath, _ tracked: TrackedFiles?, _ settings: SnapshotSettings, progress: @escaping () -> Void
    ) {
        self.root = root
        self.settings = settings
        self.progress = progress
        isRepository = tracked != nil
        notes = SnapshotNotes(mostListed: settings.mostListed)
        global = Self.globalRules(tracked, root, &notes)
    }

    /// What is in the root.
    mutating func run(_ tracked: TrackedFiles?) throws(SystemCallError) -> WorkFolder {
        let descriptor = try OwnedDescriptor(directory: root, followingLinks: false)
        let listing = try Listing(of: descriptor)
        let folder = WorkFolder(path: [], tracked: tracked, base: 0)
        fill(folder, listing, descriptor, rules: rules(of: tracked, base: 0), isExcluded: false, depth: 0)
        return folder
    }

    /// The names in a folder.
    private struct Listing {
        var names: [UInt8] = []
        var entries: [(name: Range<Int>, kind: FileKind)] = []
        var hasRules = false
        var hasRepository = false

        init(of descriptor: borrowing OwnedDescriptor) throws(SystemCallError) {
            var (names, entries) = ([UInt8](), [(Range<Int>, FileKind)]())
            var hasRules = false
            var repositoryKind: FileKind?
            try descriptor.forEachName(justOpened: true) { name, kind, _ in
                if name.count == 4, name.elementsEqual(".git".utf8) {
                    repositoryKind = kind
                    return
                }
                if name.count == 10, name.elementsEqual(".gitignore".utf8) { hasRules = true }
                let start = names.count
                names.append(contentsOf: name)
                entries.append((start..<names.count, kind))
                names.append(0)
            }
            (self.names, self.entries, self.hasRules) = (names, entries, hasRules)
            if repositoryKind == .unknown || repositoryKind == .symbolicLink {
                // git follows a link there.
                repositoryKind = try? descriptor.status(of: ".git", followingLinks: true).kind
            }
            hasRepository = repositoryKind == .directory || repositoryKind == .regular
        }
    }

    private mutating func fill(
        _ folder: WorkFolder, _ listing: Listing, _ descriptor: borrowing OwnedDescriptor, rules outer: IgnoreStack?,
        isExcluded: Bool, depth: Int
    ) {
        var rules = outer
        if listing.hasRules, let list = readRules(in: descriptor, of: folder) {
            rules = IgnoreStack(list, outer: outer)
        }
        folder.names = listing.names
        folder.entries.reserveCapacity(listing.entries.count)
        var path = folder.path
        if !path.isEmpty { path.append(UInt8(ascii: "/")) }
        let start = path.count
        for (name, kind) in listing.entries {
            progress()
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
                } else if let inner = self.folder(
                    name, listing.names, Array(path.dropLast()), in: folder, descriptor, rules, isExcluded, depth)
                {
                    var entry = WorkEntry(
                        name: name, kind: .folder,
                        stamp: FileStamp(inode: 0, device: 0, size: 0, modified: 0, changed: 0))
                    entry.folder = inner
                    folder.entries.append(entry)
                }
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

    // MARK: Folders

    /// What is in a folder below; nil when it is passed over, or nothing can be said of it.
    private mutating func folder(
        _ name: Range<Int>, _ names: [UInt8], _ path: [UInt8], in outer: WorkFolder,
        _ descriptor: borrowing OwnedDescriptor, _ rules: IgnoreStack?, _ isExcluded: Bool, _ depth: Int
    ) -> WorkFolder? {
        guard depth < Self.deepest else {
            notes.missingFolders.append(path)
            notes.leaveOut(path, "it is more than \(Self.deepest) folders deep")
            return nil
        }
        do throws(SystemCallError) {
            let inner = try descriptor.openDirectory(names, at: name.lowerBound)
            let listing = try Listing(of: inner)
            guard let (folder, rules) = context(path, listing, outer, rules) else { return nil }
            fill(folder, listing, inner, rules: rules, isExcluded: isExcluded && folder.link == nil, depth: depth + 1)
            return folder
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return nil }
            notes.missingFolders.append(path)
            notes.unreadable += 1
            notes.leaveOut(
                path, error.errno == .permissionDenied ? "reading it is not permitted" : "\(error)")
            return nil
        }
    }

    /// Whose files a folder has, and which rules speak of them; nil when it is passed over.
    private mutating func context(
        _ path: [UInt8], _ listing: Listing, _ outer: WorkFolder, _ rules: IgnoreStack?
    ) -> (WorkFolder, IgnoreStack?)? {
        let relative = Array(path[outer.base...])
        let own = path.count + 1
        if let link = outer.tracked?.link(relative) {
            let inner = listing.hasRepository ? openRepository(path) : nil
            let folder = WorkFolder(path: path, tracked: inner, base: own)
            folder.link = inner?.commit ?? link
            notes.submodules.append((folder, asked: link))
            return (folder, self.rules(of: inner, base: own))
        }
        if listing.hasRepository {
            if !isRepository {
                let inner = openRepository(path)
                return (WorkFolder(path: path, tracked: inner, base: own), self.rules(of: inner, base: own))
            }
            if outer.tracked?.tracksBelow(relative) != true {
                notes.untracked += 1
                notes.leaveOut(path, "it is a repository of its own")
                return nil
            }
        }
        let isEnvironment = listing.entries.contains { entry in
            settings.environmentMarks.contains { $0.elementsEqual(listing.names[entry.name]) }
        }
        if isEnvironment, outer.tracked?.tracksBelow(relative) != true { return nil }
        return (WorkFolder(path: path, tracked: outer.tracked, base: outer.base), rules)
    }

    /// The repository in a folder, if libgit2 takes it for one and its work tree is that folder.
    private func openRepository(_ path: [UInt8]) -> TrackedFiles? {
        let place = root.pushing(FilePath(bytes: path))
        var pointer: OpaquePointer?
        let code = place.withPlatformString {
            git_repository_open_ext(&pointer, $0, UInt32(GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue), nil)
        }
        guard code == 0, let pointer else { return nil }
        guard let tree = git_repository_workdir(pointer), FilePath(platformString: tree) == place else {
            git_repository_free(pointer)
            return nil
        }
        return TrackedFiles(pointer, isOwner: true)
    }
}
