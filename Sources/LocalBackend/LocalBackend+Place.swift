internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Whether the store is where it was: when its disk was taken out, the folder where that was mounted is no store, and what
/// was filed there would be hidden when the disk is back.
extension LocalBackend {
    /// Throws when another file system is in the place of the one that held the trials that this process has seen.
    func checkPlace() throws(StoreError) {
        guard let known, try device() != known.device else { return }
        do throws(SystemCallError) {
            for experiment in known.experiments {
                guard let folder = places.folder(of: experiment) else { continue }
                // Mounted anew, it may be another device and is the same store.
                if try FileStatus.ifPresent(folder.journal) != nil { return }
            }
        } catch {
            throw StoreError("opening the store", places.directory, error)
        }
        throw StoreError(
            .unavailable, "opening the store", places.directory.shown,
            reason: "another file system is in its place, which holds none of its trials",
            remedy: "mount its disk again, or restart the agent if the store is to begin anew", isTransient: true)
    }

    /// Notes that these experiments are in the store.
    func remember(_ experiments: some Sequence<Experiment.ID>) throws(StoreError) {
        let device = try device()
        let all = known?.experiments.union(experiments) ?? Set(experiments)
        known = all.isEmpty ? nil : (device, all)
    }

    /// The device of the store's directory, or of the nearest one above it that is there.
    private func device() throws(StoreError) -> UInt64 {
        var place = places.directory
        do throws(SystemCallError) {
            while true {
                if let status = try FileStatus.ifPresent(place, followingLinks: true) { return status.device }
                guard place.removeLastComponent() else { return 0 }
                if place.isEmpty { place = "." }
            }
        } catch {
            throw StoreError("opening the store", places.directory, error)
        }
    }
}
