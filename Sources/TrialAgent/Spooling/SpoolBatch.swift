/// Entries that may be filed in one call, and where to look for the next ones.
struct SpoolBatch: Sendable {
    /// At most one entry a run, in order: whether a later one may be filed hangs on the answer to this one.
    var entries: [SpoolEntry] = []
    /// Everything up to this place was looked at; nil when nothing was.
    var end: EntryName?
    /// How many bytes their filings and parts are.
    var bytes = 0
    /// Whether more may wait.
    var isFull = false
    /// What was found on the way and put out of it, as sentences for the user.
    var notices: [String] = []
}

/// How much of the spool belongs to one store.
struct SpoolCounts: Hashable, Sendable {
    /// Entries that wait for it.
    var waiting = 0
    /// Entries that it refused for good.
    var setAside = 0
}
