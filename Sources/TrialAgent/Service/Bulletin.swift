import Logging
import Synchronization
import Trials

/// What the agent has to tell its user: what came of filing, and everything that was dropped, refused or found odd.
final class Bulletin: Sendable {
    private struct State {
        var phase = AgentStatus.Phase.starting
        var notices: [String] = []
        var lastError: String?
    }

    private let state = Mutex(State())
    /// Something to be told whenever a store can or cannot be reached any more; for one consumer.
    let outages: AsyncStream<Void>
    private let outage: AsyncStream<Void>.Continuation
    private let logger: Logger
    private let ledger: Ledger

    /// How many notices are kept for `status`.
    private static let noticesKept = 100

    init(logger: Logger, ledger: Ledger) {
        self.logger = logger
        self.ledger = ledger
        (outages, outage) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How far the agent is.
    var phase: AgentStatus.Phase {
        get { state.withLock { $0.phase } }
        set { state.withLock { $0.phase = newValue } }
    }
    /// The newest notices, oldest first.
    var notices: [String] { state.withLock { $0.notices } }
    /// The newest error.
    var lastError: String? { state.withLock { $0.lastError } }

    /// Tells something that the user should know, in the log and in `status`. Once: what is told already is not told again.
    func note(_ notice: String) {
        let isNew = state.withLock { state in
            guard !state.notices.contains(notice) else { return false }
            state.notices.append(notice)
            if state.notices.count > Self.noticesKept { state.notices.removeFirst() }
            return true
        }
        if isNew { logger.warning("\(notice)") }
    }

    /// Tells something that may go wrong in the same way with every trial: of each in the log, of the first in `status`.
    func note(_ notice: String, of trial: TrialReference) {
        let line = "\(trial): \(notice)"
        let isTold = state.withLock { $0.notices.contains { $0.hasSuffix(": \(notice)") } }
        if isTold { logger.warning("\(line)") } else { note(line) }
    }

    /// Tells an error.
    func fail(_ error: String) {
        state.withLock { $0.lastError = error }
        logger.error("\(error)")
    }

    /// Follows what comes of filing until it ends; `other` is told of each run, too.
    func follow(_ events: AsyncStream<FilingEvent>, _ other: (FiledRun) -> Void = { _ in }) async {
        for await event in events {
            if case .filed(let runs) = event {
                if let failure = await ledger.take(runs) { note(failure) }
                runs.forEach(other)
            }
            take(event)
        }
    }

    private func take(_ event: FilingEvent) {
        switch event {
        case .filed(let runs):
            for run in runs {
                logger.info("\(run.sentence)")
                for notice in run.notices { logger.notice("\(run.reference): \(notice)") }
            }
        case .setAside(_, let experiment, let backend, let reason):
            fail("a trial of \(experiment) was refused by \(backend) and set aside: \(reason)")
        case .unreachable(_, let reason):
            fail(reason)
            outage.yield()
        case .reachable(let backend):
            logger.notice("\(backend): it takes trials again")
            outage.yield()
        case .notice(let notice): note(notice)
        }
    }
}
