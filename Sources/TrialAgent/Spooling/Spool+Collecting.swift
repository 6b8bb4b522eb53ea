internal import Git
import SystemCalls
import SystemPackage
import Trials

/// What gc has to know of entries before they are there, and after they have gone; see `Trials.Snapshot`.
extension Spool {
    /// Remembers a store before something is filed there.
    func willFile(to store: FiledStores.Store) throws(AgentError) { try stores.remember(store) }

    /// Has snapshots count as found just now: those of captures whose entries cannot be written yet.
    func keepYoung(_ snapshots: [Snapshot]) {
        for snapshot in snapshots {
            // Both names are what a capture worker said.
            guard let store = FilePath.Component(snapshot.store + ".git"), store.kind == .regular,
                let tree = ObjectID(hex: snapshot.tree)
            else { continue }
            let reference = self.snapshots.appending(store).pushing(FilePath("refs/snapshots/\(tree)"))
            // One that is not there protects nothing; one that cannot be touched is tried again with the entries.
            try? OwnedDescriptor(opening: reference, .readOnly, options: .noFollow).touch()
        }
    }
}
