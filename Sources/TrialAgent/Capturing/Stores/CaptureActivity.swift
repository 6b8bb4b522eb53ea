import Synchronization

/// Which captures of trials are under way, for what is done only beside them, and gives way to them.
final class CaptureActivity: Sendable {
    /// How far it was at a moment.
    struct Moment: Sendable, Equatable {
        /// Captures that are under way.
        var under = 0
        /// Captures that were begun since the start.
        var begun = 0
        /// Grows whenever one begins or ends: where it is the same, nothing has happened.
        var changes = 0
    }

    private struct State {
        var moment = Moment()
        var isAwaited = false
        var yielding: AsyncStream<Void>.Continuation?
    }

    private let state = Mutex(State())
    /// Something to be looked at; for one consumer.
    let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// The consumer is told of every so many that begin.
    static let toldOf = 100

    init() { (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// How far it is.
    var moment: Moment { state.withLock { $0.moment } }

    /// Has the consumer look.
    func wake() { signal.yield() }

    /// Has the consumer look when a capture has ended since `moment`, or ends.
    func awaitEnd(since moment: Moment) {
        let isLate = state.withLock { state in
            state.isAwaited = state.moment == moment
            return !state.isAwaited
        }
        if isLate { signal.yield() }
    }

    /// A capture begins: what gives way to it is broken off.
    func began() {
        let (yielding, begun) = state.withLock { state in
            state.moment.under += 1
            state.moment.begun += 1
            state.moment.changes += 1
            return (state.yielding.take(), state.moment.begun)
        }
        yielding?.finish()
        if begun.isMultiple(of: Self.toldOf) { signal.yield() }
    }

    /// A capture is over.
    func ended() {
        let isHeard = state.withLock { state in
            state.moment.under -= 1
            state.moment.changes += 1
            defer { state.isAwaited = false }
            return state.isAwaited
        }
        if isHeard { signal.yield() }
    }

    /// Has `stop` finished when the next capture begins; false, and nothing, while one is under way.
    func giveWay(_ stop: AsyncStream<Void>.Continuation) -> Bool {
        state.withLock { state in
            guard state.moment.under == 0 else { return false }
            state.yielding = stop
            return true
        }
    }
}
