import SystemPackage
import Trials

/// What the reader of markers needs to know of a project.
struct WatchedProject: Sendable {
    /// Its folder, as the configuration names it.
    var root: FilePath
    /// Where its trials go, unless a marker names another experiment.
    var experiment: Experiment.ID
    /// The name of the backend that they go to.
    var backend: String
    /// Users whose files are read.
    var owners: Set<UInt32>
    /// True when markers that are there before the first watch are trials, too.
    var backfill: Bool
}
