internal import SystemCalls
public import SystemPackage

/// The lock of a store of snapshots, held for as long as this value lives; who has to hold it is told at `Trials.Snapshot`.
public struct StoreLock: ~Copyable {
    private let file: OwnedDescriptor

    /// Waits for whoever holds the lock, and calls `waiting` again and again meanwhile; nil when that takes longer.
    public init?(
        of store: FilePath, within patience: Duration, waiting: () -> Void = {}
    ) throws(SnapshotError) {
        guard let file = try Self.locked("lock", of: store, within: patience, waiting: waiting) else { return nil }
        self.file = file
    }

    /// Opens and locks a file of a store.
    static func locked(
        _ name: String, of store: FilePath, within patience: Duration, waiting: () -> Void = {}
    ) throws(SnapshotError) -> OwnedDescriptor? {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor(
                opening: store.appending(name), .readWrite, options: [.create, .noFollow],
                permissions: [.ownerRead, .ownerWrite])
            guard try file.lock(.exclusive, within: patience, waiting: waiting) else { return nil }
            return file
        } catch {
            throw SnapshotError("locking the store of snapshots \(store.shown)", error)
        }
    }
}
