import SystemPackage

/// A hint that something happened to a marker: what is true is read from the directory afterwards.
struct Sighting: Sendable, Hashable {
    /// What was seen.
    enum Kind: Sendable, Hashable {
        /// It was closed after being written to in place.
        case closedAfterWrite
        /// It was renamed to its name, and so is complete.
        case renamedIn
        /// Its name appeared: a file begun, a hard link, `O_TMPFILE` made visible.
        case created
        /// It lay in a directory that was itself made or moved in after the project's first watch.
        case found
        /// A scan of the project came by it; it may be old or new.
        case listed
        /// Its name is gone.
        case deleted
        /// A directory is gone, and with it every marker below; `path` is the directory's.
        case folderGone
        /// A scan of the whole project is over; `path` is empty.
        case scanCompleted
    }

    /// The project's folder, as the configuration names it.
    var project: FilePath
    /// The marker's path below it, or the directory's.
    var path: FilePath
    /// What was seen.
    var kind: Kind
    /// Why no event tells what happens to it later; nil when events do. Of a scan that is over: why of a part of the project.
    var polled: PolledFolder.Reason?
}
