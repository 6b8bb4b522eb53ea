import Bytes
import Glibc
import SystemCalls
import SystemPackage
import Trials

/// What the claims say, by version, by marker and by run; in memory just large enough to find each in the log. No I/O.
struct ClaimIndex {
    /// Half of a SHA-256: enough that no two of a billion versions are taken for one.
    struct Fingerprint: Hashable {
        let high: UInt64
        let low: UInt64

        init(_ text: String) { self.init(of: Array(text.utf8)) }

        private init(of content: [UInt8]) {
            let bytes = SHA256.digest(of: content).bytes
            high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        }

        /// By the bytes of its names: two that are shown alike are two.
        init(_ place: MarkerPlace) {
            let names = [place.project, place.path].map { path in
                path.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
            }
            self.init(of: names[0] + [0] + names[1])
        }

        init(_ stamp: FileStamp) { self.init(stamp.text) }
    }

    /// The version that a marker's path held last.
    struct Standing {
        let file: Fingerprint
        let digest: Fingerprint
    }

    /// A closed run: where it is remembered, and when it began.
    struct Closed {
        let offset: Int
        let began: Timestamp
    }

    var identities: Set<Fingerprint> = []
    var stamps: Set<Fingerprint> = []
    var standing: [Fingerprint: Standing] = [:]
    var closedAtPlace: [Fingerprint: Closed] = [:]
    var closedByName: [RunKey: Int] = [:]
    private var openAtPlace: [Fingerprint: [RunKey]] = [:]
    /// By the newest version of their markers.
    private var openByStamp: [Fingerprint: [RunKey]] = [:]
    private(set) var open: [RunKey: RunRecord] = [:]
    /// Runs that are closed, and of which something is still to be read.
    var unfinished: [RunKey: RunRecord] = [:]
    var rejected: [RejectedMarker] = []
    var rejectedCount = 0
    /// By project: versions that were git's work, and versions that nobody could read.
    var passedOver: [FilePath: PassedOver] = [:]
    /// The highest sequence number given out.
    var last = 0

    /// How many rejected markers are kept for `status`.
    static let rejectedKept = 100

    /// Takes a claim in, which stands in the log at `offset`.
    mutating func take(_ head: Claim.Head, at offset: Int) {
        last = max(last, head.sequence)
        if let identity = head.identity {
            identities.insert(Fingerprint(identity.hash))
            stamps.insert(Fingerprint(identity.stamp))
            if let place = head.place {
                standing[Fingerprint(place)] = Standing(
                    file: Fingerprint(identity.stamp.file), digest: Fingerprint(identity.digest))
            }
        }
        if let rejection = head.rejection {
            rejectedCount += 1
            rejected.append(rejection)
            if rejected.count > Self.rejectedKept { rejected.removeFirst() }
        }
        if let project = head.place?.project {
            if head.isByGit == true { passedOver[project, default: PassedOver()].byGit += 1 }
            if let count = head.overwritten { passedOver[project, default: PassedOver()].overwritten += count }
        }
        for run in head.runs { take(run, at: offset) }
    }

    private mutating func take(_ run: RunRecord, at offset: Int) {
        let place = Fingerprint(run.place)
        unfinished[run.key] = !run.isOpen && run.isUnfinished ? run : nil
        let before = open[run.key]
        open[run.key] = run.isOpen ? run : nil
        let now = run.isOpen ? run : nil
        if before?.place != now?.place {
            Self.move(run.key, in: &openAtPlace, from: before.map { Fingerprint($0.place) }, to: now.map { _ in place })
        }
        if before?.version?.stamp != now?.version?.stamp {
            Self.move(
                run.key, in: &openByStamp, from: (before?.version?.stamp).map(Fingerprint.init),
                to: (now?.version?.stamp).map(Fingerprint.init))
        }
        if run.isOpen { return }
        // What is found late of an older run, or tells of its end, does not make that the newest.
        if closedAtPlace[place].map({ $0.began <= run.began }) ?? true {
            closedAtPlace[place] = Closed(offset: offset, began: run.began)
        }
        if run.facts.run != nil { closedByName[run.key] = offset }
    }

    /// Takes an open run in that was open before.
    mutating func reopen(_ run: RunRecord) {
        open[run.key] = run
        Self.move(run.key, in: &openAtPlace, from: nil, to: Fingerprint(run.place))
        Self.move(run.key, in: &openByStamp, from: nil, to: (run.version?.stamp).map(Fingerprint.init))
    }

    private static func move(
        _ key: RunKey, in index: inout [Fingerprint: [RunKey]], from old: Fingerprint?, to new: Fingerprint?
    ) {
        if let old {
            index[old]?.removeAll { $0 == key }
            if index[old]?.isEmpty == true { index[old] = nil }
        }
        if let new { index[new, default: []].append(key) }
    }

    /// True when this very version was claimed.
    func holds(_ identity: VersionIdentity) -> Bool { identities.contains(Fingerprint(identity.hash)) }

    /// True when a version was claimed that stat cannot tell from this one.
    func holds(_ stamp: FileStamp) -> Bool { stamps.contains(Fingerprint(stamp)) }

    /// True when a marker's path held this content last.
    func holds(digest: String, at place: MarkerPlace) -> Bool {
        standing[Fingerprint(place)]?.digest == Fingerprint(digest)
    }

    /// How a version compares with the one that its path held last; nil when the path held none.
    func comparison(of identity: VersionIdentity, at place: MarkerPlace) -> Comparison? {
        guard let before = standing[Fingerprint(place)] else { return nil }
        return Comparison(
            isSameFile: before.file == Fingerprint(identity.stamp.file),
            isSameContent: before.digest == Fingerprint(identity.digest))
    }

    /// How one version of a marker compares with another.
    struct Comparison: Equatable {
        var isSameFile: Bool
        var isSameContent: Bool
    }

    /// Open runs of a marker, oldest first.
    func open(at place: MarkerPlace) -> [RunRecord] {
        let runs = (openAtPlace[Fingerprint(place)] ?? []).compactMap { open[$0] }
        // After a compaction they are read in the order of their newest versions.
        return runs.count < 2 ? runs : runs.sorted { $0.began < $1.began }
    }

    /// Open runs whose marker's newest version has this stamp.
    func open(as stamp: FileStamp) -> [RunRecord] { (openByStamp[Fingerprint(stamp)] ?? []).compactMap { open[$0] } }

    /// Where the newest closed run of a marker is remembered.
    func closed(at place: MarkerPlace) -> Int? { closedAtPlace[Fingerprint(place)]?.offset }

    /// Where a closed run that its marker named is remembered.
    func closed(named key: RunKey) -> Int? { closedByName[key] }

    /// Whether something that is remembered is needed no longer once this is.
    func outdates(_ run: RunRecord) -> Bool {
        open[run.key] != nil || !run.isOpen && run.facts.run == nil && closed(at: run.place) != nil
    }

    /// Whether what a claim at this offset remembers of a run is the newest that is needed of it.
    func needs(_ run: RunRecord, at offset: Int) -> Bool {
        if run.isOpen { return open[run.key]?.revision == run.revision }
        if unfinished[run.key]?.revision == run.revision { return true }
        return closedAtPlace[Fingerprint(run.place)]?.offset == offset || closedByName[run.key] == offset
    }
}

/// Versions of markers that became no trials, and yet were nobody's mistake.
struct PassedOver: Equatable, Sendable {
    /// Put in place by git.
    var byGit = 0
    /// Overwritten before they could be read, about.
    var overwritten = 0
}
