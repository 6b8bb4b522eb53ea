import Synchronization

/// How far the captures are, for `status`, and for those who wait until all is captured.
final class CaptureProgress: Sendable {
    private struct State {
        var under = 0
        var captures = 0
        var waiting: [AsyncStream<Void>.Continuation] = []
    }

    private let state = Mutex(State())

    /// Claimed runs that are not in the spool yet.
    var under: Int { state.withLock { $0.under } }
    /// Captures made since the start.
    var captures: Int { state.withLock { $0.captures } }

    /// Counts runs when they are claimed.
    func entered(_ count: Int) { state.withLock { $0.under += count } }

    /// Counts a capture.
    func captured() { state.withLock { $0.captures += 1 } }

    /// Counts runs out when they are in the spool.
    func left(_ count: Int) {
        let waiting = state.withLock { state -> [AsyncStream<Void>.Continuation] in
            state.under -= count
            guard state.under == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.finish() }
    }

    /// Waits until nothing is on its way to the spool, or the task is cancelled.
    func whenIdle() async {
        let (rest, continuation) = AsyncStream.makeStream(of: Void.self)
        state.withLock { state in
            if state.under > 0 { state.waiting.append(continuation) } else { continuation.finish() }
        }
        for await _ in rest {}
    }
}
