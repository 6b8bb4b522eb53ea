import Dispatch
import Glibc
import Synchronization
import SystemCalls
import SystemPackage
import Testing

@Suite struct WaitingTests {
    @Test func `epoll tells which of several descriptors has something`() throws {
        let epoll = try Epoll()
        let (first, second) = (try Raised(), try Raised())
        try epoll.add(first.event.descriptor, token: 1)
        try epoll.add(second.event.descriptor, token: 2)
        #expect(try epoll.wait(timeout: .zero) == [])
        second.event.raise()
        second.event.raise()
        #expect(try epoll.wait() == [2])
        #expect(second.lower())
        #expect(!second.lower())
        #expect(try epoll.wait(timeout: .zero) == [])
        try epoll.remove(first.event.descriptor)
        first.event.raise()
        #expect(try epoll.wait(timeout: .zero) == [])
    }

    @Test func `a timer goes off when it is set, and not when it is unset`() throws {
        let timer = try TimerDescriptor()
        #expect(try !timer.descriptor.waitUntilReadable(timeout: .zero))
        try timer.set(after: .zero)
        #expect(try timer.descriptor.waitUntilReadable(timeout: .seconds(10)))
        let counts = [timer.expirations(), timer.expirations()]
        #expect(counts == [1, 0])
        try timer.set(after: .milliseconds(1))
        try timer.set(after: nil)
        #expect(try !timer.descriptor.waitUntilReadable(timeout: .milliseconds(20)))
    }

    @Test func `a sleeper wakes at its time, in whatever order they fell asleep`() async throws {
        let clock = QuietClock()
        let begun = clock.now
        try await withThrowingTaskGroup { group in
            for milliseconds in [40, 10, 30, 20, 0, -5] {
                group.addTask {
                    try await clock.sleep(until: begun + .milliseconds(milliseconds))
                    return milliseconds
                }
            }
            var woken: [Int] = []
            for try await milliseconds in group {
                #expect(clock.now >= begun + .milliseconds(milliseconds))
                woken.append(milliseconds)
            }
            #expect(woken.suffix(4) == [10, 20, 30, 40])
        }
    }

    @Test func `a sleeper who is cancelled wakes at once, also when that is before it fell asleep`() async throws {
        let sleeps = (0..<200).map { number in
            Task { try await QuietClock().sleep(for: .seconds(3600 + number)) }
        }
        for (number, sleep) in sleeps.enumerated() {
            if number.isMultiple(of: 2) { await Task.yield() }
            sleep.cancel()
        }
        for sleep in sleeps {
            await #expect(throws: CancellationError.self) { try await sleep.value }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `tasks and all within them run on threads of their own, however many there are`() async throws {
        let threads = try TaskThreads()
        let names = await Task(executorPreference: threads) {
            await withTaskGroup(of: String?.self, returning: Set<String?>.self) { group in
                for number in 0..<5_000 {
                    group.addTask {
                        if number.isMultiple(of: 100) { try? await QuietClock().sleep(for: .milliseconds(1)) }
                        await Task.yield()
                        return try? Self.nameOfThisThread()
                    }
                }
                return await group.reduce(into: []) { $0.insert($1) }
            }
        }.value
        #expect(names == ["tasks"])
    }

    @Test func `work is stuck when nothing of it has been done for longer than the limit`() {
        let (work, now) = (UnfinishedWork(), SuspendingClock.now)
        #expect(!work.isStuck(after: .zero, at: now + .seconds(99)))
        work.added(at: now)
        work.added(at: now + .seconds(5))
        #expect(!work.isStuck(after: .seconds(6), at: now + .seconds(6)))
        #expect(work.isStuck(after: .seconds(6), at: now + .seconds(7)))
        work.finished(at: now + .seconds(7))
        #expect(!work.isStuck(after: .seconds(6), at: now + .seconds(13)))
        #expect(work.isStuck(after: .seconds(6), at: now + .seconds(14)))
        work.progressed(at: now + .seconds(14))
        #expect(!work.isStuck(after: .seconds(6), at: now + .seconds(20)))
        work.finished(at: now + .seconds(21))
        #expect(!work.isStuck(after: .zero, at: now + .seconds(99)))
        work.added(at: now + .seconds(99))
        #expect(!work.isStuck(after: .seconds(6), at: now + .seconds(100)))
    }

    @Test func `an actor whose work does not get on is known to be stuck, and no longer when it does`() async throws {
        let (waiter, gate, begun) = (Waiter(), try Raised(), try Raised())
        #expect(!waiter.isStuck)
        async let waited = waiter.wait(for: gate, telling: begun)
        #expect(try begun.event.descriptor.waitUntilReadable(timeout: .seconds(10)))
        #expect(waiter.isStuck && !waiter.isInDemand)
        async let second = waiter.wait(for: gate)
        while !waiter.isInDemand { await Task.yield() }
        gate.event.raise()
        #expect(try await second)
        #expect(try await waited)
        // The answer is there a moment before the job is over.
        while waiter.isStuck { await Task.yield() }
    }

    @Test func `what an actor waits for wakes its own thread and no other before it, when its task prefers that`()
        async
    {
        let (waiter, threads) = (Waiter(), CountingThreads())
        let (numbers, number) = AsyncStream.makeStream(of: Int.self)
        let (answers, answer) = AsyncStream.makeStream(of: Int.self)
        let working = Task(executorPreference: threads) { await waiter.work(numbers) { answer.yield($0) } }
        var counts: [Int] = []
        number.yield(0)
        for await next in answers {
            counts.append(threads.count)
            if next == 100 { break }
            number.yield(next + 1)
        }
        number.finish()
        await working.value
        #expect(counts.count == 101 && Set(counts).count == 1)
    }

    @Test func `a signal is something to read`() throws {
        let seen = try Raised()
        // On a thread of its own, whose mask dies with it, and sent to that thread alone: other threads do not block it.
        let thread = try DedicatedThread("signals") {
            guard let signals = try? SignalDescriptor([.windowChange]), signals.next() == nil else { return }
            pthread_kill(pthread_self(), Signal.windowChange.rawValue)
            guard (try? signals.descriptor.waitUntilReadable(timeout: .seconds(10))) == true else { return }
            if signals.next() == .windowChange { seen.event.raise() }
        }
        _ = consume thread
        #expect(seen.lower())
    }

    @Test func `a thread is waited for by its owner`() throws {
        let done = try Raised()
        let thread = try DedicatedThread("waiter") { done.event.raise() }
        _ = consume thread
        #expect(done.lower())
    }

    @Test func `blocking work of an actor leaves the others running`() async throws {
        let (waiter, gate) = (Waiter(), try Raised())
        async let waited = waiter.wait(for: gate)
        let ticks = await Task.detached { 40 + 2 }.value
        gate.event.raise()
        #expect(try await waited)
        #expect(ticks == 42)
    }

    private static func nameOfThisThread() throws -> String {
        let bytes = try OwnedDescriptor(opening: "/proc/thread-self/comm", .readOnly).readToEnd(limit: 64)
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
}

private final class Raised: Sendable {
    let event: EventDescriptor
    init() throws { event = try EventDescriptor() }
    func lower() -> Bool { event.lower() }
}

private actor Waiter {
    private let executor = BlockingExecutor("test")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    nonisolated var isStuck: Bool { executor.isStuck(after: .zero) }
    nonisolated var isInDemand: Bool { executor.isInDemand }

    func work(_ numbers: AsyncStream<Int>, _ answer: @Sendable (Int) -> Void) async {
        await withTaskExecutorPreference(executor) {
            for await number in numbers {
                executor.checkIsolated()
                answer(number)
            }
        }
    }

    func wait(for gate: Raised, telling begun: Raised? = nil) throws -> Bool {
        executor.checkIsolated()
        begun?.event.raise()
        return try gate.event.descriptor.waitUntilReadable(timeout: .seconds(10))
    }
}

/// Threads that count how often a task asks for one.
private final class CountingThreads: TaskExecutor {
    private let jobs = Mutex(0)

    var count: Int { jobs.withLock { $0 } }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0 += 1 }
        DispatchQueue.global().async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
