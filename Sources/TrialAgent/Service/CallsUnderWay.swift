import Synchronization

/// Which calls have begun and not returned, and since when: one that lasts too long has made no progress.
final class CallsUnderWay: Sendable {
    private struct State {
        var begun: [Int: ContinuousClock.Instant] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    /// A call begins; gives what `end` is to be told.
    func begin(at now: ContinuousClock.Instant = .now) -> Int {
        state.withLock { state in
            state.count += 1
            state.begun[state.count] = now
            return state.count
        }
    }

    /// It has returned.
    func end(_ call: Int) { state.withLock { _ = $0.begun.removeValue(forKey: call) } }

    /// Whether one has lasted longer than `limit`.
    func isStuck(after limit: Duration, at now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { $0.begun.values.contains { now - $0 > limit } }
    }
}
