import Synchronization
import SystemCalls
import SystemPackage

/// The one thread that waits in the kernel: for changes in watched directories, for signals, for the next fence, and for
/// descriptors of others.
///
/// It reads and queues, nothing else, so that the kernel's queue is emptied whatever the rest of the agent is at. Idle, it
/// makes no system call.
final class EventThread: Sendable {
    /// What the thread has read, in the kernel's order.
    enum Batch: Sendable {
        /// Things that happened in watched directories.
        case events([Inotify.Event])
        /// All that had happened when this fence was asked for has been handed over.
        case fence(Fence)
        /// The thread cannot go on, and why.
        case failed(SystemCallError)
    }

    /// A place in the sequence of events.
    struct Fence: Hashable, Sendable {
        fileprivate var number: Int
    }

    /// What is told of a descriptor of somebody else.
    enum Occasion: Sendable {
        /// There is something to read.
        case readable
        /// The thread has ended; nothing more is told.
        case over
    }

    /// A wait for a descriptor of somebody else.
    struct Wait: Hashable, Sendable {
        fileprivate var token: UInt64
    }

    /// What has been read; it ends when the thread does. For one consumer.
    let batches: AsyncStream<Batch>
    /// Signals that came; it ends when the thread does. For one consumer.
    let signals: AsyncStream<Signal>

    private let loop: EventLoop
    private let thread = Mutex<DedicatedThread?>(nil)

    /// Prepares inotify and takes these signals; they have to be blocked in every thread (see `SignalDescriptor`).
    ///
    /// Throws when this user has all the inotify instances that it may have.
    init(taking signals: consuming SignalDescriptor? = nil) throws(AgentError) {
        let (batches, batch) = AsyncStream.makeStream(of: Batch.self)
        let (received, signal) = AsyncStream.makeStream(of: Signal.self)
        self.batches = batches
        self.signals = received
        do throws(SystemCallError) {
            loop = try EventLoop(signals, batch, signal)
        } catch {
            let isLimit = error.errno == .tooManyOpenFiles
            throw AgentError(
                .watching, "inotify", "preparing to watch: \(error)",
                remedy: isLimit ? "raise it with: sysctl fs.inotify.max_user_instances=1024" : nil,
                isTransient: isLimit, cause: error)
        }
    }

    deinit {
        stop()
    }

    /// Begins to read. What happened since the first `watch` is not lost, unless the kernel's queue has run over.
    func start() throws(AgentError) {
        let loop = loop
        do throws(SystemCallError) {
            try thread.withLock { (thread) throws(SystemCallError) in
                thread = try DedicatedThread("events") { loop.run() }
            }
        } catch {
            throw AgentError(.watching, "events", "starting a thread: \(error)", isTransient: true, cause: error)
        }
    }

    /// Ends the thread and waits for it.
    func stop() {
        loop.stop()
        thread.withLock { $0 = nil }
    }

    /// Says that a batch has been dealt with, so that it is known when batches are not.
    func taken() { loop.untaken.finished() }

    /// Says that a part of a batch that takes long has been dealt with.
    func progressed() { loop.untaken.progressed() }

    /// Whether the thread, or who takes its batches, has not got on for longer than `limit` although there was something to do.
    func isStuck(after limit: Duration) -> Bool {
        loop.untold.isStuck(after: limit) || loop.untaken.isStuck(after: limit)
    }

    /// Watches the names in a directory; see `Inotify.watch`.
    func watch(_ directory: FilePath) throws(SystemCallError) -> Inotify.Watch {
        try loop.inotify.watch(directory)
    }

    /// Watches no longer.
    func remove(_ watch: Inotify.Watch) {
        loop.inotify.remove(watch)
    }

    /// Asks for a fence: it comes in `batches` behind everything that happened before this call.
    func fence() -> Fence {
        loop.fence()
    }

    /// Waits for a descriptor that stays its owner's; `body` is called on the thread, which waits for nothing else meanwhile.
    ///
    /// With `once` it is told of one occasion only; without, `body` has to read what there is.
    func wait(
        for descriptor: borrowing OwnedDescriptor, once: Bool, _ body: @escaping @Sendable (Occasion) -> Void
    ) throws(SystemCallError) -> Wait {
        try loop.wait(for: descriptor, once, body)
    }

    /// Waits no longer; what the thread is just about to tell is still told.
    func end(_ wait: Wait, for descriptor: borrowing OwnedDescriptor) {
        loop.end(wait, descriptor)
    }
}

/// What the thread and those who command it share.
private final class EventLoop: Sendable {
    private struct Commands {
        var fences: [EventThread.Fence] = []
        var count = 0
        var isStopped = false
    }

    private enum Source: UInt64 {
        case commands, inotify, signals
    }

    /// Waits for descriptors of others, by their tokens; no token is used twice.
    private struct Waits {
        var bodies: [UInt64: (body: @Sendable (EventThread.Occasion) -> Void, once: Bool)] = [:]
        var next = Source.signals.rawValue + 1
        var isOver = false
    }

    let inotify: Inotify
    /// What the kernel has and nobody was told of.
    let untold = UnfinishedWork()
    /// Batches that nobody has dealt with.
    let untaken = UnfinishedWork()
    private let epoll: Epoll
    private let wakeUp: EventDescriptor
    private let signals: SignalDescriptor?
    private let commands = Mutex(Commands())
    private let waits = Mutex(Waits())
    private let batch: AsyncStream<EventThread.Batch>.Continuation
    private let signal: AsyncStream<Signal>.Continuation

    init(
        _ signals: consuming SignalDescriptor?, _ batch: AsyncStream<EventThread.Batch>.Continuation,
        _ signal: AsyncStream<Signal>.Continuation
    ) throws(SystemCallError) {
        inotify = try Inotify()
        epoll = try Epoll()
        wakeUp = try EventDescriptor()
        self.signals = signals
        self.batch = batch
        self.signal = signal
        try epoll.add(wakeUp.descriptor, token: Source.commands.rawValue)
        try epoll.add(inotify.descriptor, token: Source.inotify.rawValue)
        switch self.signals {
        case .some(let signals): try epoll.add(signals.descriptor, token: Source.signals.rawValue)
        case .none: break
        }
    }

    func run() {
        var buffer = [UInt8](repeating: 0, count: 256 * 1024)
        do throws(SystemCallError) {
            while !commands.withLock({ $0.isStopped }) {
                let ready = try epoll.wait()
                untold.added()
                defer { untold.finished() }
                wakeUp.lower()
                // First, because what can be read of a process that has ended may be gone soon.
                for token in ready { tell(token) }
                // Taken before the queue is read: what is read then happened before, and goes first.
                let fences = commands.withLock { commands in
                    defer { commands.fences = [] }
                    return commands.fences
                }
                while true {
                    let events = try inotify.read(into: &buffer)
                    if events.isEmpty { break }
                    tell(.events(events))
                }
                for fence in fences { tell(.fence(fence)) }
                if ready.contains(Source.signals.rawValue) { takeSignals() }
            }
        } catch {
            tell(.failed(error))
        }
        batch.finish()
        signal.finish()
        let left = waits.withLock { waits in
            waits.isOver = true
            defer { waits.bodies = [:] }
            return Array(waits.bodies.values)
        }
        for wait in left { wait.body(.over) }
    }

    private func tell(_ next: EventThread.Batch) {
        untaken.added()
        batch.yield(next)
    }

    func wait(
        for descriptor: borrowing OwnedDescriptor, _ once: Bool,
        _ body: @escaping @Sendable (EventThread.Occasion) -> Void
    ) throws(SystemCallError) -> EventThread.Wait {
        let (token, isOver) = waits.withLock { waits in
            defer { waits.next += 1 }
            if !waits.isOver { waits.bodies[waits.next] = (body, once) }
            return (waits.next, waits.isOver)
        }
        if isOver {
            body(.over)
            return EventThread.Wait(token: token)
        }
        do throws(SystemCallError) {
            try epoll.add(descriptor, token: token, once: once)
        } catch {
            waits.withLock { _ = $0.bodies.removeValue(forKey: token) }
            throw error
        }
        return EventThread.Wait(token: token)
    }

    func end(_ wait: EventThread.Wait, _ descriptor: borrowing OwnedDescriptor) {
        waits.withLock { _ = $0.bodies.removeValue(forKey: wait.token) }
        // It fails only where the wait had never begun.
        try? epoll.remove(descriptor)
    }

    private func tell(_ token: UInt64) {
        let wait = waits.withLock { waits in
            waits.bodies[token]?.once == true ? waits.bodies.removeValue(forKey: token) : waits.bodies[token]
        }
        wait?.body(.readable)
    }

    func fence() -> EventThread.Fence {
        let fence = commands.withLock { commands in
            commands.count += 1
            let fence = EventThread.Fence(number: commands.count)
            commands.fences.append(fence)
            return fence
        }
        wakeUp.raise()
        return fence
    }

    func stop() {
        commands.withLock { $0.isStopped = true }
        wakeUp.raise()
    }

    private func takeSignals() {
        switch signals {
        case .some(let signals): while let next = signals.next() { signal.yield(next) }
        case .none: break
        }
    }
}
