import SystemCalls

/// Waits until all projects have been looked through for the first time, and asks the service manager for time meanwhile: a large
/// tree or a slow file server is no start that has failed.
struct FirstScan: Sendable {
    private let requests: TimeRequests

    /// After so long the agent is ready, whatever is still to be looked through: what is watched by then is to be filed, and
    /// others wait for it.
    static let longest: Duration = .seconds(300)

    init(telling notifier: Notifier, clock: any _Concurrency.Clock<Duration> = QuietClock()) {
        requests = TimeRequests(telling: notifier, clock: clock)
    }

    /// Returns whether `isOver` returned before `longest` had passed. Time is asked for only while there is progress.
    func wait(
        until isOver: @escaping @Sendable () async -> Void,
        while hasMadeProgress: @escaping @Sendable (Duration) -> Bool,
        status: @escaping @Sendable () -> String
    ) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await isOver()
                return true
            }
            group.addTask {
                await requests.ask(for: Self.longest, while: hasMadeProgress, status: status)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}
