import SystemCalls

/// Gives back the memory that a burst of trials took, once it is over; on a thread of its own, because it takes a while.
actor BurstMemory {
    private let executor = BlockingExecutor("trialwatch.memory")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var filed = 0

    /// Fewer need no more than what is at hand.
    private static let burst = 500

    /// So many trials were filed.
    func add(_ trials: Int) { filed += trials }

    /// Nothing waits to be filed.
    func rest() {
        guard filed >= Self.burst else { return }
        filed = 0
        ProcessMemory.giveBackUnused()
    }
}
