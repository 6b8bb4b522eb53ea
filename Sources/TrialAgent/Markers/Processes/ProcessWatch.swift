import Logging
import Synchronization
import SystemCalls
import Trials

/// Waits for the processes of runs to end, and tells how each ended.
///
/// No process is looked at for that while it runs, unless there is no descriptor free to wait with.
final class ProcessWatch: Sendable {
    /// The end of a run's process.
    struct End: Hashable, Sendable {
        let key: RunKey
        let process: RunProcess
        let exit: RunExit
        /// When it was told; of a process that had ended before it was followed, when that was found.
        let at: Timestamp
        /// What it had used; nil when nothing is known.
        var usage: UsageFacts?
    }

    /// A process that is followed; without a descriptor it is looked at again and again.
    private final class Followed: Sendable {
        let process: RunProcess
        let held: Held?

        init(_ process: RunProcess, _ held: Held?) {
            self.process = process
            self.held = held
        }
    }

    private final class Held: Sendable {
        let process: ProcessDescriptor
        let wait: EventThread.Wait

        init(_ process: consuming ProcessDescriptor, _ wait: EventThread.Wait) {
            self.process = process
            self.wait = wait
        }
    }

    private struct State {
        var followed: [RunKey: Followed] = [:]
        var isLooking = false
        var hasComplained = false
        var timerWait: EventThread.Wait?
    }

    private let thread: EventThread
    private let search: ProcessSearch
    private let holds: ProcessHolds
    private let usages: ProcessUsages?
    private let interval: Duration
    private let logger: Logger
    private let hold: @Sendable (Int32) throws(SystemCallError) -> ProcessDescriptor
    private let timer: TimerDescriptor
    private let ended: @Sendable (End) -> Void
    private let state = Mutex(State())

    /// Prepares to follow processes; every `interval` those are looked at that cannot be waited for.
    ///
    /// Those that are followed `usages` looks at.
    ///
    /// `ended` is called once for each run that is followed, on the event thread or within `follow`, and has to return at once.
    init(
        on thread: EventThread, search: ProcessSearch, holds: ProcessHolds = ProcessHolds(),
        usages: ProcessUsages? = nil, logger: Logger,
        lookingEvery interval: Duration = .seconds(1),
        hold: @escaping @Sendable (Int32) throws(SystemCallError) -> ProcessDescriptor = {
            (number) throws(SystemCallError) in try ProcessDescriptor(number)
        }, ended: @escaping @Sendable (End) -> Void
    ) throws(AgentError) {
        self.thread = thread
        self.search = search
        self.holds = holds
        self.usages = usages
        self.interval = interval
        self.logger = logger
        self.hold = hold
        self.ended = ended
        do throws(SystemCallError) {
            // Made now, when there are descriptors: it is needed when there are none.
            timer = try TimerDescriptor()
            let wait = try thread.wait(for: timer.descriptor, once: false) { [weak self] occasion in
                if case .readable = occasion { self?.look() }
            }
            state.withLock { $0.timerWait = wait }
        } catch {
            throw AgentError(
                .watching, "processes", "preparing to wait for their ends: \(error)", isTransient: true, cause: error)
        }
    }

    deinit {
        state.withLock { state in
            for followed in state.followed.values { letGo(of: followed) }
            if let wait = state.timerWait { thread.end(wait, for: timer.descriptor) }
        }
    }

    /// Tells the end of this run's process, at once if it has ended already.
    ///
    /// Asked twice for one process, it tells once; asked for another one, the first is not followed any more.
    func follow(_ process: RunProcess, for key: RunKey) {
        state.withLock { state in
            if let known = state.followed[key] {
                if known.process.isSame(as: process) { return }
                letGo(of: known)
            }
            usages?.follow(process)
            state.followed[key] = begin(process, key, &state)
            if state.followed[key] == nil { usages?.unfollow(process) }
        }
    }

    /// Follows the run's process no longer.
    func unfollow(_ key: RunKey) {
        state.withLock { state in
            if let known = state.followed.removeValue(forKey: key) { letGo(of: known) }
        }
    }

    private func begin(_ process: RunProcess, _ key: RunKey, _ state: inout State) -> Followed? {
        do throws(SystemCallError) {
            if let descriptor = holds.take(process) { return try wait(for: descriptor, process, key) }
            let descriptor = try hold(process.number)
            // The number may have become another process's just before it was taken hold of.
            guard try search.isPresent(process) else { return tell(.unknown, process, key) }
            return try wait(for: descriptor, process, key)
        } catch {
            if let exit = search.exit(of: process) { return tell(exit, process, key) }
            if !state.hasComplained {
                logger.warning(
                    """
                    process \(process.number) cannot be waited for: \(error); it is looked at every \(interval), and how it \
                    ended may stay unknown (if descriptors are wanting, raise LimitNOFILE= of the service)
                    """)
                state.hasComplained = true
            }
            if !state.isLooking { setTimer(every: interval, &state) }
            return Followed(process, nil)
        }
    }

    private func wait(
        for descriptor: consuming ProcessDescriptor, _ process: RunProcess, _ key: RunKey
    ) throws(SystemCallError) -> Followed {
        let wait = try thread.wait(for: descriptor.descriptor, once: true) { [weak self] occasion in
            if case .readable = occasion { self?.hasEnded(process, key) }
        }
        return Followed(process, Held(descriptor, wait))
    }

    /// A process has ended: called on the event thread, and asked there, because how it ended can be read on a kernel before
    /// 6.15 only until its parent has asked. It takes one or two short reads below `/proc`, which wait for nothing, and after
    /// a SIGKILL one of its cgroup.
    private func hasEnded(_ process: RunProcess, _ key: RunKey) {
        state.withLock { state in
            guard let followed = state.followed[key], followed.process.isSame(as: process), let held = followed.held
            else { return }
            let exit = RunExit((try? held.process.endOfAnyProcess()) ?? nil, of: process)
            state.followed[key] = tell(exit, process, key)
            letGo(of: followed)
        }
    }

    /// Looks at those that cannot be waited for; perhaps by now they can.
    private func look() {
        state.withLock { state in
            _ = timer.expirations()
            for (key, followed) in state.followed where followed.held == nil {
                state.followed[key] = begin(followed.process, key, &state)
                if state.followed[key] == nil { usages?.unfollow(followed.process) }
            }
            if !state.followed.values.contains(where: { $0.held == nil }) { setTimer(every: nil, &state) }
        }
    }

    private func setTimer(every interval: Duration?, _ state: inout State) {
        // timerfd_settime(2) fails only on what is no timer.
        try? timer.set(after: interval, every: interval)
        state.isLooking = interval != nil
    }

    /// Nil, because what has ended is followed no longer.
    private func tell(_ exit: RunExit, _ process: RunProcess, _ key: RunKey) -> Followed? {
        ended(End(key: key, process: process, exit: exit, at: .now, usage: usages?.usage(of: process)))
        return nil
    }

    private func letGo(of followed: Followed) {
        usages?.unfollow(followed.process)
        guard let held = followed.held else { return }
        thread.end(held.wait, for: held.process.descriptor)
    }
}
