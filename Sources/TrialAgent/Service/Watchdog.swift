import SystemCalls

/// Tells the service manager again and again that there is progress, and nothing while there is none: then the manager starts
/// the agent anew (`WatchdogSec=` in systemd.service(5)).
struct Watchdog: Sendable {
    /// The manager waits so long.
    let interval: Duration

    private let clock: any _Concurrency.Clock<Duration>

    /// What the manager asks for; nil when it does not watch this process (sd_watchdog_enabled(3)).
    init?(
        _ variables: [String: String], process: Int32 = Machine.processIdentifier,
        clock: any _Concurrency.Clock<Duration> = QuietClock()
    ) {
        guard let text = variables["WATCHDOG_USEC"], let microseconds = Int64(text), microseconds > 0 else {
            return nil
        }
        if let other = variables["WATCHDOG_PID"], other != String(process) { return nil }
        interval = .microseconds(microseconds)
        self.clock = clock
    }

    /// Looks every half interval until it is cancelled; a look that is not over holds up the next.
    func run(telling notifier: Notifier, _ hasMadeProgress: (Duration) -> Bool) async {
        repeat {
            if hasMadeProgress(interval) { notifier.alive() }
        } while (try? await clock.sleep(for: interval / 2)) != nil
    }
}
