internal import SystemCalls

/// The command that runs, waited for on a thread of its own.
actor Foreground {
    private let executor = BlockingExecutor("trialwatch.command")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let process: ForegroundProcess

    /// Takes the command over.
    init(_ process: consuming ForegroundProcess) { self.process = process }

    /// Waits until it has ended; it stays known to the kernel as long as this is held.
    func end() throws(SystemCallError) -> ProcessEnd { try process.end() }

    /// What it used, once it has ended.
    func usage() -> ProcessUsage? { process.usage() }
}
