internal import Glibc

/// The threads that tasks run on, as many as there are processors to run them (SE-0417).
///
/// Swift's own pool on Linux is libdispatch's, which from its first job on wakes up once a second, for ever, to count what
/// its threads are at. Here nobody wakes who has nothing to do. A task and all tasks within it run here when it is made so:
///
///     Task(executorPreference: threads) { … }
public final class TaskThreads: TaskExecutor {
    private let jobs: Jobs
    private let most: Int

    /// Starts the first thread; the others are started when there is work for them.
    ///
    /// The threads stay as long as the program: what is made here is never let go of.
    public init() throws(SystemCallError) {
        jobs = Jobs()
        most = min(max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))), 8)
        _ = jobs.needsThread(most)
        try start()
    }

    /// Has a job run when a thread is free, in the order in which they came.
    public func enqueue(_ job: consuming ExecutorJob) {
        jobs.add(UnownedJob(job))
        // Without one more thread the others do it, later.
        if jobs.needsThread(most) { try? start() }
    }

    private func start() throws(SystemCallError) {
        let executor = self
        do throws(SystemCallError) {
            let thread = try DedicatedThread("tasks") {
                while true { executor.jobs.next().runSynchronously(on: executor.asUnownedTaskExecutor()) }
            }
            thread.leave()
        } catch {
            jobs.threadFailed()
            throw error
        }
    }
}

/// Jobs that wait for a thread, and threads that wait for a job.
private final class Jobs: @unchecked Sendable {
    // Unchecked: everything is looked at under the lock only. The lock has a place of its own because it must not move.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let added = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [UnownedJob] = []
    private var first = 0
    private var threads = 0
    private var idle = 0

    init() {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(added, nil)
    }

    deinit {
        pthread_cond_destroy(added)
        pthread_mutex_destroy(lock)
        added.deallocate()
        lock.deallocate()
    }

    func add(_ job: UnownedJob) {
        pthread_mutex_lock(lock)
        waiting.append(job)
        let isAwaited = idle > 0
        pthread_mutex_unlock(lock)
        if isAwaited { pthread_cond_signal(added) }
    }

    func next() -> UnownedJob {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while first == waiting.count {
            idle += 1
            pthread_cond_wait(added, lock)
            idle -= 1
        }
        defer {
            first += 1
            // Not one by one, which would move all that wait each time.
            if first == waiting.count || first >= 1024 {
                waiting.removeFirst(first)
                first = 0
            }
        }
        return waiting[first]
    }

    /// Says whether a thread is missing for what waits, and counts it as there.
    func needsThread(_ most: Int) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        let isMissing = threads == 0 || (idle < waiting.count - first && threads < most)
        if isMissing { threads += 1 }
        return isMissing
    }

    func threadFailed() {
        pthread_mutex_lock(lock)
        threads -= 1
        pthread_mutex_unlock(lock)
    }
}
