internal import Synchronization

/// The continuous clock, for sleepers who wake nobody else: one timer of the kernel goes off when the first of them is to
/// wake (timerfd_create(2)), and none when nobody sleeps.
///
/// Sleeping by Swift's own clocks goes through libdispatch's pool of threads; see `TaskThreads`.
public struct QuietClock: Swift.Clock, Sendable {
    /// A time as the continuous clock counts it: on also while the machine sleeps.
    public typealias Instant = ContinuousClock.Instant

    /// All are the same clock.
    public init() {}

    /// The time.
    public var now: Instant { ContinuousClock().now }

    /// The least difference between two times.
    public var minimumResolution: Duration { ContinuousClock().minimumResolution }

    /// Waits until then; throws `CancellationError` at once when the task is cancelled.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        guard let alarm = Alarm.shared else { return try await ContinuousClock().sleep(until: deadline) }
        let sleeper = Sleeper(until: deadline)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: Sleeper.Continuation) in
                if sleeper.fallAsleep(continuation) { alarm.add(sleeper) }
            }
        } onCancel: {
            sleeper.wake(throwing: CancellationError())
            alarm.remove(sleeper)
        }
    }
}

/// A task that waits for a time, woken once.
private final class Sleeper: Sendable {
    typealias Continuation = CheckedContinuation<Void, any Error>

    private enum State {
        case awake, asleep(Continuation), woken((any Error)?)
    }

    let deadline: QuietClock.Instant
    private let state = Mutex(State.awake)

    init(until deadline: QuietClock.Instant) { self.deadline = deadline }

    var isWoken: Bool {
        state.withLock { if case .woken = $0 { true } else { false } }
    }

    /// False when it was woken before.
    func fallAsleep(_ continuation: Continuation) -> Bool {
        let earlier: (any Error)?? = state.withLock { state in
            if case .woken(let error) = state { return .some(error) }
            state = .asleep(continuation)
            return nil
        }
        guard let earlier else { return true }
        resume(continuation, earlier)
        return false
    }

    func wake(throwing error: (any Error)? = nil) {
        let continuation: Continuation? = state.withLock { state in
            defer { if case .woken = state {} else { state = .woken(error) } }
            if case .asleep(let continuation) = state { return continuation }
            return nil
        }
        if let continuation { resume(continuation, error) }
    }

    private func resume(_ continuation: Continuation, _ error: (any Error)?) {
        if let error { continuation.resume(throwing: error) } else { continuation.resume() }
    }
}

/// All sleepers of the program, and the thread that wakes them.
private final class Alarm: Sendable {
    /// Nil when the system gives neither timer nor thread.
    static let shared: Alarm? = try? Alarm()

    private let timer: TimerDescriptor
    /// By their times, the next one last.
    private let sleepers = Mutex<[Sleeper]>([])

    private init() throws(SystemCallError) {
        timer = try TimerDescriptor()
        let thread = try DedicatedThread("alarm") { [unowned self] in
            while (try? timer.descriptor.waitUntilReadable()) != nil { ring() }
        }
        thread.leave()
    }

    func add(_ sleeper: Sleeper) {
        sleepers.withLock { sleepers in
            sleepers.insert(sleeper, at: Self.place(of: sleeper.deadline, in: sleepers))
            if sleepers.last === sleeper { set(sleeper) }
        }
        // Woken between falling asleep and being added.
        if sleeper.isWoken { remove(sleeper) }
    }

    func remove(_ sleeper: Sleeper) {
        sleepers.withLock { sleepers in
            var index = Self.place(of: sleeper.deadline, in: sleepers)
            while index < sleepers.count, sleepers[index].deadline == sleeper.deadline {
                if sleepers[index] === sleeper {
                    sleepers.remove(at: index)
                    // Nobody is woken for one who does not sleep.
                    if index == sleepers.count { set(sleepers.last) }
                    return
                }
                index += 1
            }
        }
    }

    private func ring() {
        _ = timer.expirations()
        let due = sleepers.withLock { sleepers in
            let now = QuietClock().now
            var due: [Sleeper] = []
            while let next = sleepers.last, next.deadline <= now { due.append(sleepers.removeLast()) }
            set(sleepers.last)
            return due
        }
        for sleeper in due { sleeper.wake() }
    }

    private func set(_ next: Sleeper?) {
        // timerfd_settime(2) fails for times that are none only.
        try? timer.set(after: next.map { max(.zero, QuietClock().now.duration(to: $0.deadline)) })
    }

    /// Where one with this deadline is, or is to be: before all that are due earlier.
    private static func place(of deadline: QuietClock.Instant, in sleepers: [Sleeper]) -> Int {
        var (low, high) = (0, sleepers.count)
        while low < high {
            let middle = (low + high) / 2
            if sleepers[middle].deadline > deadline { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
