import Synchronization

/// How a capturer tells that it goes on: slow is told from stuck by its beats.
///
/// A capturer beats for every file that it walked over and every piece that it read, at most a few megabytes apart. A beat
/// costs a look at the clock; only some of them are passed on.
public final class CapturePulse: Sendable {
    private struct State {
        var beats = 0
        var told: ContinuousClock.Instant
    }

    private let state: Mutex<State>
    private let interval: Duration
    private let tell: @Sendable (Int) -> Void

    /// Passes the number of beats on, at the first beat after each interval.
    public init(every interval: Duration, _ tell: @escaping @Sendable (Int) -> Void) {
        self.interval = interval
        self.tell = tell
        state = Mutex(State(told: .now))
    }

    /// For a capturer whose progress nobody follows.
    public static var unheard: CapturePulse { CapturePulse(every: .seconds(3600)) { _ in } }

    /// Tells that one more file, or one more piece of one, is done.
    public func beat() {
        let now = ContinuousClock.now
        let beats: Int? = state.withLock { state in
            state.beats += 1
            guard now - state.told >= interval else { return nil }
            state.told = now
            return state.beats
        }
        if let beats { tell(beats) }
    }
}
