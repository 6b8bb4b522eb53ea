import Bytes
import SystemCalls
import Trials

/// What the claims say, by version, by marker and by run; in memory just large enough to find each in the log. No I/O.
struct ClaimIndex {
    /// Half of a SHA-256: enough that no two of a billion versions are taken for one.
    private struct Fingerprint: Hashable {
        let high: UInt64
        let low: UInt64

        init(_ text: String) {
            let bytes = SHA256.digest(of: Array(text.utf8)).bytes
            high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        }

        init(_ place: MarkerPlace) { self.init("\(place.project.shown)\0\(place.path.shown)") }
    }

    private var identities: Set<Fingerprint> = []
    private var stamps: Set<Fingerprint> = []
    private var closedAtPlace: [Fingerprint: Int] = [:]
    private var closedByName: [RunKey: Int] = [:]
    private var openAtPlace: [Fingerprint: [RunKey]] = [:]
    private(set) var open: [RunKey: RunRecord] = [:]
    private(set) var rejected: [RejectedMarker] = []
    private(set) var rejectedCount = 0
    /// The highest sequence number given out.
    private(set) var last = 0

    /// How many rejected markers are kept for `status`.
    static let rejectedKept = 100

    /// Takes a claim in, which stands in the log at `offset`.
    mutating func take(_ head: Claim.Head, at offset: Int) {
        last = max(last, head.sequence)
        if let identity = head.identity {
            identities.insert(Fingerprint(identity.hash))
            stamps.insert(Fingerprint(identity.stamp.text))
        }
        if let rejection = head.rejection {
            rejectedCount += 1
            rejected.append(rejection)
            if rejected.count > Self.rejectedKept { rejected.removeFirst() }
        }
        for run in head.runs { take(run, at: offset) }
    }

    private mutating func take(_ run: RunRecord, at offset: Int) {
        let place = Fingerprint(run.place)
        if run.isOpen {
            if open.updateValue(run, forKey: run.key) == nil { openAtPlace[place, default: []].append(run.key) }
            return
        }
        if let before = open.removeValue(forKey: run.key) {
            let old = Fingerprint(before.place)
            openAtPlace[old]?.removeAll { $0 == run.key }
            if openAtPlace[old]?.isEmpty == true { openAtPlace[old] = nil }
        }
        closedAtPlace[place] = offset
        if run.facts.run != nil { closedByName[run.key] = offset }
    }

    /// True when this very version was claimed.
    func holds(_ identity: VersionIdentity) -> Bool { identities.contains(Fingerprint(identity.hash)) }

    /// True when a version was claimed that stat cannot tell from this one.
    func holds(_ stamp: FileStamp) -> Bool { stamps.contains(Fingerprint(stamp.text)) }

    /// Open runs of a marker, oldest first.
    func open(at place: MarkerPlace) -> [RunRecord] {
        (openAtPlace[Fingerprint(place)] ?? []).compactMap { open[$0] }
    }

    /// Where the newest closed run of a marker is remembered.
    func closed(at place: MarkerPlace) -> Int? { closedAtPlace[Fingerprint(place)] }

    /// Where a closed run that its marker named is remembered.
    func closed(named key: RunKey) -> Int? { closedByName[key] }
}
