internal import Glibc
internal import Synchronization

/// Work that threads hand to those among them that have none, until none of them has any.
public final class WorkExchange<Work>: @unchecked Sendable {
    // Unchecked: everything but the count is looked at under the lock only. The lock has a place of its own because it must not
    // move.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var given: [Work] = []
    private var busy = 1
    private let waiting = Atomic(0)

    /// For the thread that makes it, which is at work.
    public init() {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    /// Counts one more thread as at work, before it is started.
    public func join() {
        pthread_mutex_lock(lock)
        busy += 1
        pthread_mutex_unlock(lock)
    }

    /// Takes back a `join`, as the thread could not be started.
    public func leave() {
        pthread_mutex_lock(lock)
        busy -= 1
        pthread_mutex_unlock(lock)
    }

    /// Whether a thread waits for work; a look at it costs next to nothing.
    public var isAwaited: Bool { waiting.load(ordering: .relaxed) > 0 }

    /// Hands work to a thread that waits, or to the next that does.
    public func give(_ work: sending Work) {
        pthread_mutex_lock(lock)
        given.append(work)
        waiting.subtract(1, ordering: .relaxed)
        pthread_mutex_unlock(lock)
        pthread_cond_signal(changed)
    }

    /// Waits for work, having none; nil when no thread has any.
    public func next() -> sending Work? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        busy -= 1
        waiting.add(1, ordering: .relaxed)
        while given.isEmpty, busy > 0 { pthread_cond_wait(changed, lock) }
        guard let work = given.popLast() else {
            pthread_cond_broadcast(changed)
            return nil
        }
        busy += 1
        return work
    }
}
