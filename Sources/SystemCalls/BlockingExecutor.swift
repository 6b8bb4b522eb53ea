internal import Dispatch

/// Where an actor runs whose work waits for disk, locks or other processes, so that it never holds a thread of Swift's
/// own pool: one job after the other, on a dispatch queue.
///
/// An actor has one of its own and names it as its `unownedExecutor`:
///
///     private let executor = BlockingExecutor("trialwatch.spool")
///     nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
///
/// A call to such an actor from outside costs about an eighth of a millisecond: hand over batches. What the actor itself waits
/// for, a stream or a sleep, wakes another thread first, unless its task prefers to run here, too (SE-0417):
///
///     await withTaskExecutorPreference(executor) { … }
public final class BlockingExecutor: SerialExecutor, TaskExecutor {
    private let queue: DispatchQueue
    private let isBackground: Bool
    private let work = UnfinishedWork()

    /// Makes an executor; the label is what debuggers show.
    ///
    /// In the background, its jobs get what processor time and disk nobody else wants.
    public init(_ label: String, isBackground: Bool = false) {
        queue = DispatchQueue(label: label, qos: isBackground ? .background : .unspecified)
        self.isBackground = isBackground
    }

    /// Runs a job when those before it are done.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        work.added()
        queue.async {
            // libdispatch keeps threads for the background apart, but on Linux it asks the kernel for nothing.
            if self.isBackground { OwnProcess.yieldThisThread() }
            // Whether as the actor's or as the task's: it is the same thread, one job after the other.
            job.runSynchronously(
                isolatedTo: self.asUnownedSerialExecutor(), taskExecutor: self.asUnownedTaskExecutor())
            self.work.finished()
        }
    }

    /// Whether jobs wait behind the one that runs: then it is time for it to step aside.
    public var isInDemand: Bool { work.count > 1 }

    /// The job that runs has got on: it is long, and not stuck.
    public func progressed() { work.progressed() }

    /// Whether its jobs have not got on for longer than `limit`: one of them waits for something that does not come.
    public func isStuck(after limit: Duration) -> Bool { work.isStuck(after: limit) }

    /// The executor as an actor names it.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Stops the program when the caller does not run here.
    public func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
