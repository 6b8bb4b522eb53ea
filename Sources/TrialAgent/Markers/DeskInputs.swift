import Synchronization

/// Something that the desk is to take in.
enum DeskInput: Sendable {
    case sighted([Sighted])
    /// Something else than a sighting.
    case work(MarkerStage.Work)
    /// A time has come at which something may be due.
    case alarm(ContinuousClock.Instant)
    /// Somebody waits until nothing is left to do.
    case rest(AsyncStream<Void>.Continuation)
    /// Somebody waits until what was handed over before has been taken.
    case mark(AsyncStream<Void>.Continuation)
}

/// What waits for the desk, in order. Sightings that wait one behind the other are taken together: one fsync claims them all.
final class DeskInputs: Sendable {
    private struct State {
        var waiting: [DeskInput] = []
        /// What waited longest, and is put together with no more.
        var next: ArraySlice<DeskInput> = []
        var isFinished = false
    }

    /// So many sightings are put together at most, that others get their turn between them.
    private static let most = 256

    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() { (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

    /// Puts one more behind the others; false when it comes after the end.
    @discardableResult func put(_ input: DeskInput) -> Bool {
        let isTaken = state.withLock { state in
            if state.isFinished { return false }
            if case .sighted(let more) = input, case .sighted(var sighted)? = state.waiting.last,
                sighted.count + more.count <= Self.most
            {
                state.waiting.removeLast()
                sighted += more
                state.waiting.append(.sighted(sighted))
            } else {
                state.waiting.append(input)
            }
            return true
        }
        if isTaken { signal.yield() }
        return isTaken
    }

    /// Takes no more in; what waits is still handed out.
    func finish() {
        state.withLock { $0.isFinished = true }
        signal.finish()
    }

    /// The next one, for the one task that takes them; nil at the end, or when the task is cancelled.
    func next(isolation: isolated (any Actor)? = #isolation) async -> DeskInput? {
        while !Task.isCancelled {
            let (next, isOver) = state.withLock { state in
                if state.next.isEmpty {
                    state.next = state.waiting[...]
                    state.waiting = []
                }
                return (state.next.popFirst(), state.isFinished)
            }
            if next != nil || isOver { return next }
            for await _ in signals { break }
        }
        return nil
    }
}
