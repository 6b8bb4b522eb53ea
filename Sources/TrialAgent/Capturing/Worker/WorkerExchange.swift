/// What has been said about one request, and so what may be said next. A value: it reads nothing and waits for nothing.
struct WorkerExchange {
    /// The capturers that have not answered.
    private(set) var awaited: [String]
    /// The one that runs.
    private(set) var running: String?
    /// Whether the worker has said that all is done.
    private(set) var isDone = false

    /// A request for these capturers.
    init(awaited: [String]) { self.awaited = awaited }

    /// Takes a reply, and gives the answer that it carries; throws when it was not this reply's turn.
    mutating func accept(_ reply: CaptureReply) throws(WorkerFailure) -> CapturerAnswer? {
        switch reply {
        case .began(let capturer):
            guard running == nil, awaited.contains(capturer) else { throw outOfTurn("the beginning of \(capturer)") }
            running = capturer
        case .goesOn:
            guard running != nil else { throw outOfTurn("progress of nothing") }
        case .found(let answer):
            // One that the worker does not know answers without having begun.
            guard running == answer.capturer || running == nil && answer.hasFailed, awaited.contains(answer.capturer)
            else { throw outOfTurn("an answer of \(answer.capturer)") }
            awaited.removeAll { $0 == answer.capturer }
            running = nil
            return answer
        case .done:
            guard awaited.isEmpty, !isDone else { throw outOfTurn("the end") }
            isDone = true
        }
        return nil
    }

    /// A failure at this point.
    func failure(_ reason: String) -> WorkerFailure { WorkerFailure(running: running, reason: reason) }

    private func outOfTurn(_ reply: String) -> WorkerFailure {
        failure("made the capture worker tell out of turn of \(reply)")
    }
}
