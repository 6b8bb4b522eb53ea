internal import Git
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials

/// The objects of a trial's snapshot: from the repository that the agent of this host keeps, or from what a store keeps of it.
struct SnapshotObjects: ~Copyable {
    let snapshot: Snapshot
    let tree: ObjectID
    /// What is in the tree.
    let listing: TreeListing
    let objects: ObjectStore
    private let scratch: ScratchFolder?

    private init(_ snapshot: Snapshot, _ objects: consuming ObjectStore, _ scratch: consuming ScratchFolder?)
        throws(CommandFailure)
    {
        let tree = try Self.tree(of: snapshot)
        let listing = try TreeListing(of: tree, in: objects)
        self.init(snapshot: snapshot, tree: tree, listing: listing, objects: objects, scratch: scratch)
    }

    private init(
        snapshot: Snapshot, tree: ObjectID, listing: TreeListing, objects: consuming ObjectStore,
        scratch: consuming ScratchFolder?
    ) {
        self.snapshot = snapshot
        self.tree = tree
        self.listing = listing
        self.objects = objects
        self.scratch = scratch
    }

    /// Those of the repository in the agent's state; nil when it is not here, or not whole.
    static func here(
        _ snapshot: Snapshot, in state: FilePath, _ library: GitLibrary
    ) throws(CommandFailure) -> SnapshotObjects? {
        let name = FilePath("\(snapshot.store).git")
        // The name is what a record says.
        guard name.components.count == 1, name.lastComponent?.kind == .regular, name.isRelative else { return nil }
        let folder = state.appending("snapshots").pushing(name).appending("objects")
        guard (try? FileStatus.ifPresent(folder))?.kind == .directory else { return nil }
        let found = try SnapshotObjects(snapshot, open(folder, library), nil)
        guard found.listing.missing == 0 else { return nil }
        return consume found
    }

    /// Those of a pack that a store keeps, with what it lacks from other folders of objects.
    static func of(
        pack: [UInt8], _ snapshot: Snapshot, besides others: [FilePath], cache: FilePath, _ library: GitLibrary
    ) throws(CommandFailure) -> SnapshotObjects {
        let scratch = try Self.scratch(in: cache)
        do throws(GitError) {
            var indexer = try PackIndexer(library, in: scratch.path.appending("pack"))
            try indexer.append(pack)
            _ = try indexer.commit()
        } catch {
            throw CommandFailure("unpacking the snapshot", "\(error)")
        }
        let objects = try open(scratch.path, library)
        for other in others {
            do throws(GitError) { try objects.add(objects: other) } catch {
                throw CommandFailure("opening the objects in \(other.shown)", "\(error)")
            }
        }
        return try SnapshotObjects(snapshot, objects, scratch)
    }

    private static func scratch(in cache: FilePath) throws(CommandFailure) -> ScratchFolder {
        do throws(SystemCallError) { return try ScratchFolder(in: cache) } catch {
            throw CommandFailure("unpacking the snapshot", "\(error)")
        }
    }

    private static func open(_ folder: FilePath, _ library: GitLibrary) throws(CommandFailure) -> ObjectStore {
        do throws(GitError) { return try ObjectStore(library, objects: folder) } catch {
            throw CommandFailure("opening the snapshots in \(folder.shown)", "\(error)")
        }
    }

    private static func tree(of snapshot: Snapshot) throws(CommandFailure) -> ObjectID {
        guard let tree = ObjectID(hex: snapshot.tree) else {
            throw CommandFailure("the snapshot", "its record names no tree: \(SafeText.line(snapshot.tree))")
        }
        return tree
    }
}
