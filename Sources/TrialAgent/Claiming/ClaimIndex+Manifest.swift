import JSON
import SystemPackage
import Trials

/// What of the index is in memory, as bytes.
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

    /// All that is not in segments.
    func remembered() throws(JSONError) -> [UInt8] {
        let passed = passedOver.map {
            Rest.Passed(project: ExactPath(path: $0.key), byGit: $0.value.byGit, overwritten: $0.value.overwritten)
        }
        let rest = Rest(
            open: Array(open.values), unfinished: Array(unfinished.values), rejected: rejected,
            rejectedCount: rejectedCount, passedOver: passed, last: last)
        return ClaimTable.allCases.flatMap { recent.rows(of: $0) } + (try JSON.encode(rest).bytes())
    }

    /// Takes in what `remembered` gave of an index whose tables in memory had so many rows.
    mutating func take(_ bytes: ArraySlice<UInt8>, counts: [Int]) throws(JSONError) {
        var bytes = bytes
        for (table, count) in zip(ClaimTable.allCases, counts) {
            // The checksum was right, so that all of them are there.
            recent.take(Array(bytes.prefix(count * table.width)), of: table)
            bytes = bytes.dropFirst(count * table.width)
        }
        let rest = try JSON(parsing: Array(bytes)).decode(Rest.self)
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
