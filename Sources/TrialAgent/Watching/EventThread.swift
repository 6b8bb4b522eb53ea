import Synchronization
import SystemCalls
import SystemPackage

/// The one thread that waits in the kernel: for changes in watched directories, for signals, and for the next fence.
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

    let inotify: Inotify
    private let epoll: Epoll
    private let wakeUp: EventDescriptor
    private let signals: SignalDescriptor?
    private let commands = Mutex(Commands())
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
                wakeUp.lower()
                // Taken before the queue is read: what is read then happened before, and goes first.
                let fences = commands.withLock { commands in
                    defer { commands.fences = [] }
                    return commands.fences
                }
                while true {
                    let events = try inotify.read(into: &buffer)
                    if events.isEmpty { break }
                    batch.yield(.events(events))
                }
                for fence in fences { batch.yield(.fence(fence)) }
                if ready.contains(Source.signals.rawValue) { takeSignals() }
            }
        } catch {
            batch.yield(.failed(error))
        }
        batch.finish()
        signal.finish()
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
