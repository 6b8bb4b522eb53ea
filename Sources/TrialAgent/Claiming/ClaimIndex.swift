import SystemCalls
import SystemPackage
import Trials

/// What the claims say, by version, by marker and by run; just enough to find each in the log.
///
/// Only the newest claims are in memory, and the runs that go on; what was claimed before is looked up in files.
struct ClaimIndex {
    /// The tables of the newest claims, and those of all others.
    var recent = ClaimTables()
    var segments: ClaimSegments
    /// How many rows of tables are kept in memory before they become a segment, and how many are now.
    private let recentKept: Int
    private var recentTolerated: Int
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
    /// How many rows of tables are kept in memory: those of about 4,000 claims.
    static let rowsKept = 1 << 14

    /// The index of a log: empty, or that of these segments.
    init(_ segments: ClaimSegments, keeping recentKept: Int = Self.rowsKept) {
        self.segments = segments
        self.recentKept = recentKept
        recentTolerated = recentKept
    }

    /// Takes a claim in, which stands in the log at `offset`.
    mutating func take(_ head: Claim.Head, at offset: Int) {
        last = max(last, head.sequence)
        if let identity = head.identity {
            recent.identities.insert(Fingerprint(identity.hash))
            recent.stamps.insert(Fingerprint(identity.stamp))
            if let place = head.place {
                recent.standing[Fingerprint(place)] = ClaimTable.Standing(
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
        recent.close(ClaimTable.Closed(offset: offset, began: run.began), at: place)
        if run.facts.run != nil { recent.closedByName[Fingerprint(run.key)] = offset }
    }

    /// Moves what is too much for memory into files, and merges some of these; to be called after so many claims were taken in.
    mutating func tidy(after claims: Int) {
        if recent.count >= recentTolerated {
            if segments.add(recent) {
                recent = ClaimTables()
                recentTolerated = recentKept
            } else {
                recentTolerated = recent.count + recentKept
            }
        }
        segments.merge(after: claims)
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
    func holds(_ identity: VersionIdentity) throws(SystemCallError) -> Bool {
        let fingerprint = Fingerprint(identity.hash)
        if recent.identities.contains(fingerprint) { return true }
        return try segments.hold(fingerprint, in: .identities)
    }

    /// True when a version was claimed that stat cannot tell from this one.
    func holds(_ stamp: FileStamp) throws(SystemCallError) -> Bool {
        let fingerprint = Fingerprint(stamp)
        if recent.stamps.contains(fingerprint) { return true }
        return try segments.hold(fingerprint, in: .stamps)
    }

    private func standing(at place: MarkerPlace) throws(SystemCallError) -> ClaimTable.Standing? {
        let fingerprint = Fingerprint(place)
        if let standing = recent.standing[fingerprint] { return standing }
        return try segments.row(of: fingerprint, in: .standing).map { ClaimTable.Standing(row: $0) }
    }

    /// True when a marker's path held this content last.
    func holds(digest: String, at place: MarkerPlace) throws(SystemCallError) -> Bool {
        try standing(at: place)?.digest == Fingerprint(digest)
    }

    /// How a version compares with the one that its path held last; nil when the path held none.
    func comparison(of identity: VersionIdentity, at place: MarkerPlace) throws(SystemCallError) -> Comparison? {
        guard let before = try standing(at: place) else { return nil }
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
    func closed(at place: MarkerPlace) throws(SystemCallError) -> Int? {
        let fingerprint = Fingerprint(place)
        let newest = recent.closedAtPlace[fingerprint]
        let older = try segments.row(of: fingerprint, in: .closedAtPlace).map { ClaimTable.Closed(row: $0) }
        guard let newest, let older else { return (newest ?? older)?.offset }
        return (newest.replaces(older) ? newest : older).offset
    }

    /// Where a closed run that its marker named is remembered.
    func closed(named key: RunKey) throws(SystemCallError) -> Int? {
        let fingerprint = Fingerprint(key)
        if let offset = recent.closedByName[fingerprint] { return offset }
        return try segments.row(of: fingerprint, in: .closedByName).map {
            Int($0.fixed(at: Fingerprint.size, as: Int64.self))
        }
    }

    /// Whether something that is remembered is needed no longer once this is.
    func outdates(_ run: RunRecord) throws(SystemCallError) -> Bool {
        if open[run.key] != nil { return true }
        if run.isOpen || run.facts.run != nil { return false }
        return try closed(at: run.place) != nil
    }

    /// Whether what a claim at this offset remembers of a run is the newest that is needed of it.
    func needs(_ run: RunRecord, at offset: Int) throws(SystemCallError) -> Bool {
        if run.isOpen { return open[run.key]?.revision == run.revision }
        if unfinished[run.key]?.revision == run.revision { return true }
        if try closed(at: run.place) == offset { return true }
        return try closed(named: run.key) == offset
    }
}

/// Versions of markers that became no trials, and yet were nobody's mistake.
struct PassedOver: Equatable, Sendable {
    /// Put in place by git.
    var byGit = 0
    /// Overwritten before they could be read, about.
    var overwritten = 0
}
