import Glibc
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
}

private final class Raised: Sendable {
    let event: EventDescriptor
    init() throws { event = try EventDescriptor() }
    func lower() -> Bool { event.lower() }
}

private actor Waiter {
    private let executor = BlockingExecutor("test")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func wait(for gate: Raised) throws -> Bool {
        executor.checkIsolated()
        return try gate.event.descriptor.waitUntilReadable(timeout: .seconds(10))
    }
}
