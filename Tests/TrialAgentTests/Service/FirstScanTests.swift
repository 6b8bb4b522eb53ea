import Synchronization
import SystemCalls
import Testing

@testable import TrialAgent

@Suite(.timeLimit(.minutes(1))) struct FirstScanTests {
    private let manager = ServiceManagerSocket()

    private final class Progress: Sendable {
        let isMade = Mutex(true)
    }

    @Test func `a long one asks for time again and again while there is progress, and says how far it is`() async throws
    {
        let (clock, progress) = (ManualClock(), Progress())
        let scan = FirstScan(telling: manager.notifier, clock: clock)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        try await confirmation { isOver in
            try await withThrowingTaskGroup { group in
                group.addTask {
                    let isWatched = await scan.wait(
                        until: { for await _ in ends {} }, while: { _ in progress.isMade.withLock { $0 } },
                        status: { "looking through 1 project" })
                    #expect(isWatched)
                    isOver()
                }
                var slept = 0
                for await sleep in clock.sleeps {
                    #expect(sleep == .seconds(20))
                    let told = try manager.received()
                    // Of the third pause, in which nothing got on, nothing is told.
                    #expect(
                        told
                            == (slept == 1 || slept == 2
                                ? ["EXTEND_TIMEOUT_USEC=60000000\nSTATUS=looking through 1 project"] : []))
                    slept += 1
                    if slept == 3 { progress.isMade.withLock { $0 = false } }
                    if slept == 4 { break }
                    clock.advance(by: .seconds(20))
                }
                end.finish()
                try await group.waitForAll()
            }
        }
    }

    @Test func `one that does not end keeps the agent from being ready no longer than five minutes`() async throws {
        let clock = ManualClock()
        let scan = FirstScan(telling: manager.notifier, clock: clock)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        var told = 0
        try await withThrowingTaskGroup { group in
            group.addTask {
                let isWatched = await scan.wait(
                    until: { for await _ in ends {} }, while: { _ in true }, status: { "" })
                #expect(!isWatched)
            }
            var slept = 0
            for await _ in clock.sleeps {
                slept += 1
                // Of datagrams that nobody receives the kernel keeps only some.
                told += try manager.received().count
                clock.advance(by: .seconds(20))
                if slept == 15 { break }
            }
            try await group.waitForAll()
        }
        end.finish()
        #expect(told + (try manager.received().count) == 15)
    }
}
