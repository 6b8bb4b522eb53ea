import SystemCalls

/// Waits on a thread of its own, whether or not the task is cancelled.
actor Pause {
    private let executor = BlockingExecutor("trialwatch.leaving")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func wait(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        Clock.pause(milliseconds: Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
