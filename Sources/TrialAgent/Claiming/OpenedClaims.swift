import JSON
import SystemCalls
import SystemPackage
import Trials

/// What a log of claims holds when it is opened: read from its manifest and from what was claimed after that, or whole.
struct OpenedClaims: ~Copyable {
    let log: RecordLog
    let index: ClaimIndex
    /// By sequence number, claims that are not settled.
    let live: [Int: Int]
    /// About how many bytes of the log are not needed any more.
    let wiped: Int
    /// Where the last record begins; nil when there is none.
    let lastOffset: Int?
    /// How much of the log its manifest covers, and bytes of that; 0 without one.
    let indexed: Int
    let manifestSize: Int
    /// What the claims that are not settled led to, oldest first.
    let unsettled: [ClaimedRun]
    /// What was found odd, as sentences for the user.
    let notices: [String]

    init(
        at path: FilePath, keeping rowsKept: Int, synchronizeContent: @escaping SpoolFiles.Synchronize
    ) throws(AgentError) {
        let manifest = ClaimManifest(of: path, keeping: rowsKept, synchronizeContent: synchronizeContent)
        var reading: Reading
        do throws(SystemCallError) {
            if let manifest {
                reading = Reading(path: path, index: manifest.index, lastOffset: manifest.lastOffset)
            } else {
                let segments = try ClaimSegments(beside: path, synchronizeContent: synchronizeContent)
                reading = Reading(path: path, index: ClaimIndex(segments, keeping: rowsKept))
            }
            let log = try RecordLog(at: path, from: manifest?.end ?? 0) { reading.take($0) }
            for (sequence, offset) in manifest?.live ?? [:] {
                if let record = try log.record(at: offset) { reading.takeLive(record, sequence: sequence) }
            }
            if log.damaged > 0 {
                reading.notices.append(
                    "\(path.shown): \(log.damaged) bytes of claims are damaged; their markers are read again, and "
                        + "stores know those that they hold")
            }
            if log.torn > 0 {
                reading.notices.append(
                    "\(path.shown): \(log.torn) bytes of a claim that was cut off are dropped; its marker is read again"
                )
            }
            self.log = log
        } catch {
            throw Claims.failure("opening the claims", path, error)
        }
        index = reading.index
        live = reading.live
        wiped = manifest?.wiped ?? 0
        lastOffset = reading.lastOffset
        indexed = manifest?.end ?? 0
        manifestSize = manifest?.size ?? 0
        unsettled = reading.unsettled.sorted { $0.sequence < $1.sequence }
        notices = reading.notices
    }

    /// What the records that were read so far come to.
    private struct Reading {
        let path: FilePath
        var index: ClaimIndex
        var lastOffset: Int?
        var live: [Int: Int] = [:]
        var unsettled: [ClaimedRun] = []
        var notices: [String] = []

        mutating func take(_ record: RecordLog.Record) {
            do throws(JSONError) {
                let head = try JSON(parsing: record.head).decode(Claim.Head.self)
                index.take(head, at: record.offset)
                index.tidy(after: 1)
                lastOffset = record.offset
                takeLive(record, sequence: head.sequence)
            } catch {
                misunderstood(record, error)
            }
        }

        /// Takes what a claim led to, unless it is settled.
        mutating func takeLive(_ record: RecordLog.Record, sequence: Int) {
            guard let body = record.body, !body.isEmpty else { return }
            live[sequence] = record.offset
            do throws(JSONError) {
                unsettled += try JSON(parsing: body).decode([ClaimedRun].self).map { run in
                    var run = run
                    run.wish?.isLate = true
                    run.look?.isLate = true
                    return run
                }
            } catch {
                misunderstood(record, error)
            }
        }

        private mutating func misunderstood(_ record: RecordLog.Record, _ error: JSONError) {
            notices.append("\(path.shown): the claim at byte \(record.offset) cannot be understood: \(error)")
        }
    }
}
