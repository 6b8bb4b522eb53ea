import JSON
import SystemCalls
import SystemPackage
import Trials

/// What a log of claims holds when it is opened: read from its snapshot and from what was claimed after that, or whole.
struct OpenedClaims: ~Copyable {
    let log: RecordLog
    let index: ClaimIndex
    /// By sequence number, claims that are not settled.
    let live: [Int: Int]
    /// About how many bytes of the log are not needed any more.
    let wiped: Int
    /// Where the last record begins; nil when there is none.
    let lastOffset: Int?
    /// How much of the log its snapshot covers.
    let indexed: Int
    /// What the claims that are not settled led to, oldest first.
    let unsettled: [ClaimedRun]
    /// What was found odd, as sentences for the user.
    let notices: [String]

    init(at path: FilePath) throws(AgentError) {
        let snapshot = ClaimSnapshot(of: path)
        var reading = Reading(snapshot, path)
        do throws(SystemCallError) {
            let log = try RecordLog(at: path, from: snapshot?.end ?? 0) { reading.take($0) }
            for (sequence, offset) in snapshot?.live ?? [:] {
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
        wiped = snapshot?.wiped ?? 0
        lastOffset = reading.lastOffset
        indexed = snapshot?.end ?? 0
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

        init(_ snapshot: ClaimSnapshot?, _ path: FilePath) {
            self.path = path
            index = snapshot?.index ?? ClaimIndex()
            lastOffset = snapshot?.lastOffset
        }

        mutating func take(_ record: RecordLog.Record) {
            do throws(JSONError) {
                let head = try JSON(parsing: record.head).decode(Claim.Head.self)
                index.take(head, at: record.offset)
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
