import Synchronization
import Testing

@testable import TrialAgent

@Suite(.timeLimit(.minutes(1))) struct WatchdogTests {
    private final class Looks: Sendable {
        let count = Mutex(0)
    }

    @Test(
        arguments: [
            ([:], nil), (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "soon"], nil),
            (["WATCHDOG_USEC": "3000000"], .seconds(3)),
            (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"], .seconds(3)),
            (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"], nil),
        ] as [([String: String], Duration?)])
    func `is asked for by the service manager, for one process`(variables: [String: String], interval: Duration?) {
        #expect(Watchdog(variables, process: 7)?.interval == interval)
    }

    @Test func `looks twice an interval and no more often`() async throws {
        let clock = ManualClock()
        let watchdog = try #require(Watchdog(["WATCHDOG_USEC": "8000000"], clock: clock))
        let looks = Looks()
        await withTaskGroup { group in
            group.addTask {
                await watchdog.run(telling: Notifier(address: nil)) { limit in
                    #expect(limit == .seconds(8))
                    looks.count.withLock { $0 += 1 }
                    return true
                }
            }
            var slept = 0
            for await sleep in clock.sleeps {
                #expect(sleep == .seconds(4))
                slept += 1
                #expect(looks.count.withLock { $0 } == slept)
                if slept == 3 { break }
                clock.advance(by: .seconds(4))
            }
            group.cancelAll()
        }
    }
}
