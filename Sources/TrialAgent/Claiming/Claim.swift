import Trials

/// One version of a marker, taken for good.
struct Claim: Hashable, Sendable {
    /// What is remembered of it for good.
    struct Head: Codable, Hashable, Sendable {
        /// Counts claims, from 1, over the agent's whole life.
        var sequence: Int
        /// Nil for a claim that something else than a marker's version led to.
        var identity: VersionIdentity?
        /// Where the version stood.
        var place: MarkerPlace?
        /// The runs that it speaks of, as they are remembered from now on; none when the version was rejected.
        var runs: [RunRecord]
        /// Why it is no trial; nil when it is one.
        var rejection: RejectedMarker?
        /// True when it is git's work, and no run.
        var isByGit: Bool?
        /// About how many versions of the marker were overwritten before this one was read.
        var overwritten: Int?
    }

    var head: Head
    /// What it leads to; wiped from the log when the entries of all of them are durable.
    var runs: [ClaimedRun]
}

/// What a claim leads to, on its way to the spool.
struct ClaimedRun: Codable, Hashable, Sendable {
    var sequence: Int
    var place: MarkerPlace
    var backend: String
    var filing: Filing
    /// Set when the run is to be captured: what its marker says about that.
    var wish: CaptureWish?
    /// Set when the run has ended, and what was captured of its code is to be looked at once more.
    var look: CaptureWish?
}

extension ClaimedRun {
    /// What is to be filed of a run; nil when nothing is.
    init?(_ told: RunLifecycle.Told, capturing wish: CaptureWish? = nil) {
        guard let filing = told.filing else { return nil }
        self.init(
            sequence: 0, place: told.record.place, backend: told.record.backend, filing: filing, wish: wish,
            look: told.look)
    }
}

/// What a marker says about how its run is to be captured.
struct CaptureWish: Codable, Sendable, Hashable {
    /// `python:`, as the marker gives it.
    var python: String?
    /// `code:`, as the marker gives it; empty when it does not.
    var code: [String]
    /// The script on the process's command line, below the project; nil when there is none, or it lies elsewhere.
    var script: String?
    /// The Python that the process runs; nil when it runs none, or it is not known.
    var processPython: String?
    /// Folders of the process's `PYTHONPATH`, absolute; nil when it has none, or is not known.
    var searchPath: [String]?
    /// Set when the marker names no process, and who wrote it may be looked for.
    var writing: MarkerWriting?
    /// When the version was seen, by the monotonic clock in nanoseconds: a capture that began before does not serve it.
    var seen: Int64
    /// True when the claim outlived the agent that made it, so that the capture comes later than the run's start.
    var isLate = false
}

/// How a marker that names no process came to be written, as far as it helps to find out who wrote it.
struct MarkerWriting: Codable, Sendable, Hashable {
    /// The marker's owner.
    var owner: UInt32
    /// When the content came to stand at its place, in nanoseconds since 1970.
    var changed: Int
    /// When it was read, by the monotonic clock in nanoseconds.
    var read: Int64
}
