import Bytes
import JSON
import SystemPackage
import Trials

extension ClaimIndex {
    /// What is not found by fingerprints alone.
    private struct Rest: Codable {
        struct Passed: Codable {
            var project: ExactPath
            var byGit: Int
            var overwritten: Int
        }

        var open: [RunRecord]
        var unfinished: [RunRecord]
        var rejected: [RejectedMarker]
        var rejectedCount: Int
        var passedOver: [Passed]
        var last: Int
    }

    /// All of it, for another start that does not have to read the log.
    func snapshot() throws -> [UInt8] {
        var bytes: [UInt8] = []
        for counted in [identities.count, stamps.count, standing.count, closedAtPlace.count, closedByName.count] {
            bytes.append(fixed: Int64(counted))
        }
        for fingerprint in identities { bytes.append(fingerprint) }
        for fingerprint in stamps { bytes.append(fingerprint) }
        for (place, version) in standing {
            for fingerprint in [place, version.file, version.digest] { bytes.append(fingerprint) }
        }
        for (place, closed) in closedAtPlace {
            bytes.append(place)
            bytes.append(fixed: Int64(closed.offset))
            bytes.append(fixed: Int64(closed.began.nanoseconds))
        }
        for (key, offset) in closedByName {
            bytes += Array(key.text.utf8)
            bytes.append(fixed: Int64(offset))
        }
        let passed = passedOver.map {
            Rest.Passed(project: ExactPath(path: $0.key), byGit: $0.value.byGit, overwritten: $0.value.overwritten)
        }
        let rest = Rest(
            open: Array(open.values), unfinished: Array(unfinished.values), rejected: rejected,
            rejectedCount: rejectedCount, passedOver: passed, last: last)
        return bytes + (try JSON.encode(rest).bytes())
    }

    /// What `snapshot` gave.
    init(snapshot bytes: [UInt8]) throws {
        self.init()
        var reader = FixedWidthReader(bytes)
        let counts = (0..<5).map { _ in Int(reader.next(Int64.self)) }
        let widths = [16, 16, 48, 32, 72]
        // The checksum was right, so the counts are what was written; only another version's would not fit.
        let length = zip(counts, widths).reduce(40) { $0 + $1.0 * $1.1 }
        guard counts.allSatisfy({ (0..<(1 << 40)).contains($0) }), length <= bytes.count else {
            throw AgentError(.spooling, "the index of the claims", "it is of another form")
        }
        identities.reserveCapacity(counts[0])
        stamps.reserveCapacity(counts[1])
        standing.reserveCapacity(counts[2])
        closedAtPlace.reserveCapacity(counts[3])
        for _ in 0..<counts[0] { identities.insert(Fingerprint(&reader)) }
        for _ in 0..<counts[1] { stamps.insert(Fingerprint(&reader)) }
        for _ in 0..<counts[2] {
            let place = Fingerprint(&reader)
            standing[place] = Standing(file: Fingerprint(&reader), digest: Fingerprint(&reader))
        }
        for _ in 0..<counts[3] {
            let place = Fingerprint(&reader)
            let offset = Int(reader.next(Int64.self))
            closedAtPlace[place] = Closed(
                offset: offset, began: Timestamp(nanoseconds: Int(reader.next(Int64.self))))
        }
        for _ in 0..<counts[4] {
            let key = RunKey(String(decoding: reader.next(64), as: UTF8.self))
            let offset = Int(reader.next(Int64.self))
            if let key { closedByName[key] = offset }
        }
        let rest = try JSON(parsing: Array(bytes[length...])).decode(Rest.self)
        for run in rest.unfinished { unfinished[run.key] = run }
        for run in rest.open { reopen(run) }
        rejected = rest.rejected
        rejectedCount = rest.rejectedCount
        for passed in rest.passedOver {
            passedOver[passed.project.path] = PassedOver(byGit: passed.byGit, overwritten: passed.overwritten)
        }
        last = rest.last
    }
}

extension ClaimIndex.Fingerprint {
    fileprivate init(_ reader: inout FixedWidthReader) {
        high = reader.next()
        low = reader.next()
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ fingerprint: ClaimIndex.Fingerprint) {
        append(fixed: fingerprint.high)
        append(fixed: fingerprint.low)
    }
}
