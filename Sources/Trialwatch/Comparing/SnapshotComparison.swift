internal import Git
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials

/// Compares the files of two snapshots that this host has.
actor SnapshotComparison {
    private let executor = BlockingExecutor("trialwatch.comparing")
    /// It waits for the disk on a thread of its own.
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let state: FilePath
    private let world: World

    /// Files are compared line by line up to this size.
    private static let largestText = 1 << 20
    /// So many files are told; of more it is told that there are more.
    private static let most = 1000

    /// Compares snapshots that are in the agent's state directory.
    init(state: FilePath, world: World) {
        self.state = state
        self.world = world
    }

    /// The files that differ, by path; nil when one of the snapshots is not here whole.
    func changes(_ before: Snapshot, _ after: Snapshot) throws(CommandFailure) -> [TextChange]? {
        if before.tree == after.tree { return [] }
        let surroundings = world.surroundings
        // Without libgit2 there is still the code context.
        guard let library = try? GitLibrary(home: surroundings.home, configuration: surroundings.configurationHome)
        else { return nil }
        guard let old = try SnapshotObjects.here(before, in: state, library) else { return nil }
        guard let new = try SnapshotObjects.here(after, in: state, library) else { return nil }
        return try Self.changes(old, new)
    }

    private static func changes(
        _ old: borrowing SnapshotObjects, _ new: borrowing SnapshotObjects
    ) throws(CommandFailure) -> [TextChange] {
        let (oldFiles, newFiles) = (files(of: old.listing), files(of: new.listing))
        var changes: [TextChange] = []
        for path in Set(oldFiles.keys).union(newFiles.keys).sorted() where oldFiles[path] != newFiles[path] {
            guard changes.count < most else {
                changes.append(TextChange(name: "…", before: nil, after: "more files differ\n"))
                break
            }
            let (one, other) = (oldFiles[path], newFiles[path])
            if one?.object != other?.object {
                changes.append(
                    TextChange(
                        name: path, before: try text(one, in: old.objects),
                        after: try text(other, in: new.objects)))
            }
            if let one, let other, one.mode != other.mode {
                changes.append(TextChange(name: "\(path) (mode)", before: one.mode + "\n", after: other.mode + "\n"))
            }
        }
        return changes
    }

    private struct File: Equatable {
        let object: ObjectID
        let mode: String
        let size: Int
    }

    private static func files(of listing: TreeListing) -> [String: File] {
        var files: [String: File] = [:]
        for folder in listing.folders {
            for (file, isLink) in folder.files.map({ ($0, false) }) + folder.links.map({ ($0, true) }) {
                let mode = isLink ? "link" : file.isExecutable ? "executable" : "file"
                files[folder.path.pushing(file.name).shown] = File(object: file.object, mode: mode, size: file.size)
            }
        }
        return files
    }

    /// The text of a file; of what is none, or too long, what it is known by.
    private static func text(
        _ file: File?, in objects: borrowing ObjectStore
    ) throws(CommandFailure) -> String? {
        guard let file else { return nil }
        let name = "\(file.size) bytes, git's blob \(file.object)\n"
        guard file.size <= largestText else { return "large: \(name)" }
        do throws(GitError) {
            guard let bytes = try objects.content(of: file.object, atMost: file.size) else { return nil }
            if bytes.contains(0) { return "binary: \(name)" }
            return String(validating: bytes, as: UTF8.self) ?? "binary: \(name)"
        } catch {
            throw CommandFailure("reading object \(file.object)", "\(error)")
        }
    }
}
