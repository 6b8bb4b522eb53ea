internal import Synchronization

/// Counts what was handed over and is not done yet, and knows since when nothing of it was done: then somebody is stuck.
///
/// Whoever asks wakes nobody. Time in which the machine slept does not count.
public final class UnfinishedWork: Sendable {
    private struct State {
        var count = 0
        var since = SuspendingClock.now
    }

    private let state = Mutex(State())

    /// Nothing is to be done yet.
    public init() {}

    /// One more is to be done.
    public func added(at now: SuspendingClock.Instant = .now) {
        state.withLock { state in
            if state.count == 0 { state.since = now }
            state.count += 1
        }
    }

    /// One is done.
    public func finished(at now: SuspendingClock.Instant = .now) {
        state.withLock { state in
            state.count -= 1
            state.since = now
        }
    }

    /// Something of it was done, if nothing whole.
    public func progressed(at now: SuspendingClock.Instant = .now) { state.withLock { $0.since = now } }

    /// How many are to be done.
    public var count: Int { state.withLock { $0.count } }

    /// Whether something is to be done, and nothing was for longer than `limit`.
    public func isStuck(after limit: Duration, at now: SuspendingClock.Instant = .now) -> Bool {
        state.withLock { $0.count > 0 && now - $0.since > limit }
    }
}
