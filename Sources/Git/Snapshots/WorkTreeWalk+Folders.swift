internal import CGit2
internal import SystemCalls
internal import SystemPackage

/// How a walk goes down into folders.
extension WorkTreeWalk {
    /// Deeper folders are left out: each level takes a descriptor.
    private static let deepest = 400

    /// The names in a folder.
    struct Listing {
        var names: [UInt8] = []
        var entries: [(name: Range<Int>, kind: FileKind)] = []
        var hasRules = false
        var hasRepository = false

        init(of descriptor: borrowing OwnedDescriptor) throws(SystemCallError) {
            var (names, entries) = ([UInt8](), [(Range<Int>, FileKind)]())
            // Most folders have no more, and growing step by step would cost as much as reading them.
            names.reserveCapacity(512)
            entries.reserveCapacity(24)
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

    /// What is in a folder below, whose name is among those of the folder around; nil when it is passed over, or nothing can be
    /// said of it.
    mutating func folder(
        _ place: FolderPlace, _ outer: borrowing OwnedDescriptor, _ names: [UInt8]
    ) -> WorkFolder? {
        do throws(SystemCallError) {
            guard isWithinReach(place) else { return nil }
            return try folder(place, outer.openDirectory(names, at: place.name.lowerBound))
        } catch {
            leaveOut(place, error)
            return nil
        }
    }

    /// The same, by its path.
    mutating func folder(_ place: FolderPlace) -> WorkFolder? {
        do throws(SystemCallError) {
            guard isWithinReach(place) else { return nil }
            let root = try OwnedDescriptor(directory: root, followingLinks: false)
            return try folder(place, root.openBeneath(FilePath(bytes: place.path), options: .directory))
        } catch {
            leaveOut(place, error)
            return nil
        }
    }

    private mutating func isWithinReach(_ place: FolderPlace) -> Bool {
        if place.depth < Self.deepest { return true }
        notes.missingFolders.append(place.path)
        notes.leaveOut(place.path, "it is more than \(Self.deepest) folders deep")
        return false
    }

    private mutating func folder(
        _ place: FolderPlace, _ descriptor: consuming OwnedDescriptor
    ) throws(SystemCallError) -> WorkFolder? {
        let listing = try Listing(of: descriptor)
        guard let (folder, rules) = context(place.path, listing, place.outer, place.rules) else { return nil }
        fill(
            folder, listing, descriptor, rules: rules, isExcluded: place.isExcluded && folder.link == nil,
            depth: place.depth + 1)
        return folder
    }

    private mutating func leaveOut(_ place: FolderPlace, _ error: SystemCallError) {
        if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return }
        notes.missingFolders.append(place.path)
        notes.unreadable += 1
        notes.leaveOut(
            place.path, error.errno == .permissionDenied ? "reading it is not permitted" : "\(error)")
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
