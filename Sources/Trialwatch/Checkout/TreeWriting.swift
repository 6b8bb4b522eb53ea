internal import Git
internal import SystemCalls
internal import SystemPackage

/// Writes a tree into a new folder, so that no tree, however made, writes a byte outside of it.
///
/// Each folder is opened below the new one, following no link (openat2(2)); each file is one that was not there before, in a folder
/// that was opened so; links come last, when nothing is written any more that could go through them.
struct TreeWriting: ~Copyable {
    private let root: OwnedDescriptor
    private let path: FilePath
    private(set) var refusals: [TreeListing.Refusal] = []

    /// Makes the folder, or takes an empty one. One that `isPrivate` is made, and nobody else sees what is in it.
    init(into path: FilePath, isPrivate: Bool = false) throws(CommandFailure) {
        root = try Self.open(path, isPrivate)
        self.path = path
    }

    private static func open(_ path: FilePath, _ isPrivate: Bool) throws(CommandFailure) -> OwnedDescriptor {
        do throws(SystemCallError) {
            if isPrivate {
                // Where everybody may write, a folder that is there already is somebody's.
                try FileSystem.makeDirectory(path)
                return try OwnedDescriptor(directory: path, followingLinks: false)
            }
            try FileSystem.makeDirectories(path, permissions: Self.folderPermissions)
            let root = try OwnedDescriptor(directory: path)
            if try root.entries().isEmpty { return root }
        } catch {
            throw CommandFailure("checkout into \(path.shown)", "\(error)")
        }
        throw CommandFailure(
            "checkout into \(path.shown)", "the folder is not empty", remedy: "name one that is not there",
            status: .usage)
    }

    /// As git makes them; the process's mask takes its share.
    private static let folderPermissions = FilePermissions(rawValue: 0o777)

    /// Writes all folders and files of a listing, and no link.
    mutating func writeFiles(
        _ listing: TreeListing, from source: borrowing some TreeListing.Source & ~Copyable
    ) throws(CommandFailure) {
        for folder in listing.folders {
            guard let directory = try open(folder.bytes) else { continue }
            for file in folder.files {
                let content = try content(of: file, in: source)
                try attempt(file.name, in: folder) { () throws(SystemCallError) in
                    try Self.create(file.name, in: directory, content, isExecutable: file.isExecutable)
                }
            }
        }
    }

    /// Writes all links of a listing whose names nothing else has: when everything else is there.
    mutating func writeLinks(
        _ listing: TreeListing, from source: borrowing some TreeListing.Source & ~Copyable
    ) throws(CommandFailure) {
        for folder in listing.folders where !folder.links.isEmpty {
            guard let directory = try open(folder.bytes, making: false) else { continue }
            for link in folder.links {
                let target = try content(of: link, in: source)
                try attempt(link.name, in: folder) { () throws(SystemCallError) in
                    try directory.makeSymbolicLink(link.name, saying: target)
                }
            }
        }
    }

    /// Makes a folder with nothing in it, and what is missing above it; says whether it was missing. Where the tree has something
    /// else of that name, or a link, it throws.
    borrowing func makeFolder(_ folder: FilePath) throws(CommandFailure) -> Bool {
        do throws(SystemCallError) {
            var above = try root.duplicate()
            var isNew = false
            for name in folder.components {
                let name = FilePath(root: nil, [name])
                do throws(SystemCallError) {
                    try above.makeDirectory(name, permissions: Self.folderPermissions)
                    isNew = true
                } catch {
                    if error.errno != .fileExists { throw error }
                }
                above = try above.openBeneath(name, options: .directory)
            }
            return isNew
        } catch {
            throw CommandFailure(
                "checkout into \(path.shown)", "the run's folder \(folder.shown) is none: \(error)",
                remedy: "trialwatch checkout writes its files, and trialwatch run runs a command with them")
        }
    }

    /// Writes a file of ours into a folder of ours at the root; where the tree has one of that name, the tree's stays.
    mutating func write(_ bytes: [UInt8], to name: FilePath, in folder: FilePath) throws(CommandFailure) {
        let folder = TreeListing.Folder(bytes: Array(folder.string.utf8))
        guard let directory = try open(folder.bytes) else { return }
        try attempt(name, in: folder) { () throws(SystemCallError) in
            try Self.create(name, in: directory, bytes, isExecutable: false)
        }
    }

    /// Makes a file of ours in a folder of ours at the root, with a lock for as long as who calls holds it: before anything else.
    borrowing func makeLocked(_ name: FilePath, in folder: FilePath) throws(CommandFailure) -> OwnedDescriptor {
        do throws(SystemCallError) {
            try root.makeDirectory(folder, permissions: Self.folderPermissions)
            let file = try root.openBeneath(folder, options: .directory).open(
                name, .writeOnly, options: [.create, .exclusiveCreate, .noFollow])
            // Where a file system has no locks, a checkout is made all the same.
            _ = try? file.tryLock(.exclusive)
            return file
        } catch {
            throw CommandFailure("checkout into \(path.shown)", "\(error)")
        }
    }

    /// Removes it. What stays does no harm: nobody has a lock on it any more.
    borrowing func remove(_ name: FilePath, in folder: FilePath) {
        try? root.openBeneath(folder, options: .directory).remove(name)
    }

    private static func create(
        _ name: FilePath, in directory: borrowing OwnedDescriptor, _ bytes: [UInt8], isExecutable: Bool
    ) throws(SystemCallError) {
        let file = try directory.open(
            name, .writeOnly, options: [.create, .exclusiveCreate, .noFollow],
            permissions: FilePermissions(rawValue: isExecutable ? 0o777 : 0o666))
        try file.write(bytes)
        try file.close()
    }

    /// The folder, made when it is not there; nil when something else has its name.
    private mutating func open(
        _ bytes: [UInt8], making: Bool = true
    ) throws(CommandFailure) -> OwnedDescriptor? {
        // By bytes: a path may have two thousand names.
        let slash = bytes.lastIndex(of: 0x2F)
        let path = FilePath(pathBytes: bytes) ?? ""
        do throws(SystemCallError) {
            if bytes.isEmpty { return try root.duplicate() }
            if making {
                let above = FilePath(pathBytes: Array(bytes[..<(slash ?? 0)])) ?? ""
                let name = FilePath(pathBytes: Array(bytes[(slash.map { $0 + 1 } ?? 0)...])) ?? ""
                let parent = try above.isEmpty ? root.duplicate() : root.openBeneath(above, options: .directory)
                do throws(SystemCallError) {
                    try parent.makeDirectory(name, permissions: Self.folderPermissions)
                } catch {
                    if error.errno != .fileExists { throw error }
                }
            }
            return try root.openBeneath(path, options: .directory)
        } catch {
            try refuse(path, error)
            return nil
        }
    }

    private borrowing func content(
        of file: TreeListing.File, in source: borrowing some TreeListing.Source & ~Copyable
    ) throws(CommandFailure) -> [UInt8] {
        do throws(GitError) {
            if let content = try source.content(of: file.object, atMost: TreeListing.largestFile) { return content }
            throw GitError(function: "git_odb_read", code: 0, message: "\(file.object) is gone")
        } catch {
            throw CommandFailure("checkout into \(path.shown)", "\(error)", remedy: "what is there is not complete")
        }
    }

    private mutating func attempt(
        _ name: FilePath, in folder: TreeListing.Folder, _ body: () throws(SystemCallError) -> Void
    ) throws(CommandFailure) {
        do throws(SystemCallError) { try body() } catch { try refuse(folder.path.pushing(name), error) }
    }

    /// What is wrong with one name is told of it; what is wrong with the disk ends everything.
    private mutating func refuse(_ path: FilePath, _ error: SystemCallError) throws(CommandFailure) {
        switch error.errno {
        case .fileExists, .fileNameTooLong, .invalidArgument, .illegalByteSequence, .notDirectory,
            .tooManySymbolicLinkLevels, .noSuchFileOrDirectory, .improperLink:
            refusals.append(TreeListing.Refusal(path: path.shown, reason: "\(error)"))
        default:
            throw CommandFailure(
                "checkout into \(self.path.shown)", "\(error)", remedy: "what is there is not complete: remove it")
        }
    }
}
