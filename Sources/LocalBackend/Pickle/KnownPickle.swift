internal import Bytes
internal import SystemCalls

/// What this process knows of a pickle of ours, so that going on with it costs no reading.
final class KnownPickle {
    /// What tells a file from another, and from itself after a change, without reading it.
    struct Identity: Equatable {
        var inode: UInt64
        var size: Int64
        var modified: Int64

        init(_ status: FileStatus) {
            inode = status.inode
            size = status.size
            modified = status.modified
        }
    }

    let identity: Identity
    /// Where the pickle ends. Bytes behind it are what a crash left of an attempt to go on: ours to cut off.
    let end: Int64
    let coverage: PickleCoverage
    /// The series of running trials that can be gone on with.
    var series = RunningSeries()
    /// How often in a row somebody had the file open when it was to be gone on with.
    var refusals = 0
    private let digest: DigestContext<SHA256>

    /// A pickle of which `digest` has taken in all bytes, its STOP as ``PickleWriter/continuation``.
    init(_ identity: Identity, end: Int64, _ coverage: PickleCoverage, digest: consuming DigestContext<SHA256>) {
        self.identity = identity
        self.end = end
        self.coverage = coverage
        self.digest = digest
    }

    /// The digest of what is there, to be gone on with.
    func digestSoFar() -> DigestContext<SHA256> { digest.copy() }
}
