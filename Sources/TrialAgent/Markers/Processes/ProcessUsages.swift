import Synchronization
import SystemCalls
import Trials

/// What the processes of runs use, looked at now and then while they live: how much memory a process had nobody can ask when
/// it has ended, and its processor time only until its parent has asked how it ended.
///
/// A look reads two small files below `/proc` and waits for nothing. The first comes a tenth of a second after a process is
/// followed, each later one after twice the time, the longest after half a minute.
final class ProcessUsages: Sendable {
    private struct Key: Hashable {
        let number: Int32
        let startTicks: Int
        let boot: String

        init(_ process: RunProcess) { (number, startTicks, boot) = (process.number, process.startTicks, process.boot) }
    }

    private struct Followed {
        let process: RunProcess
        /// Runs that follow it.
        var count = 1
        var usage = UsageFacts()
        var due: ContinuousClock.Instant
        var pause = shortestPause
    }

    private struct State {
        var followed: [Key: Followed] = [:]
        var wait: EventThread.Wait?
    }

    private let thread: EventThread
    private let search: ProcessSearch
    private let timer: TimerDescriptor
    private let state = Mutex(State())

    private static let shortestPause: Duration = .milliseconds(100)
    private static let longestPause: Duration = .seconds(30)
    /// Looks that are made without a break: the thread reads events, too.
    private static let atOnce = 64
    private static let breather: Duration = .milliseconds(20)

    /// Follows nothing yet; looks are made on the thread.
    init(on thread: EventThread, search: ProcessSearch) throws(AgentError) {
        self.thread = thread
        self.search = search
        do throws(SystemCallError) {
            timer = try TimerDescriptor()
            let wait = try thread.wait(for: timer.descriptor, once: false) { [weak self] occasion in
                if case .readable = occasion { self?.look(at: .now) }
            }
            state.withLock { $0.wait = wait }
        } catch {
            throw AgentError(
                .watching, "processes", "preparing to look at them: \(error)", isTransient: true, cause: error)
        }
    }

    deinit {
        state.withLock { state in if let wait = state.wait { thread.end(wait, for: timer.descriptor) } }
    }

    /// Looks at a process from now on, until it is unfollowed as often as it was followed: one may have several runs.
    func follow(_ process: RunProcess) {
        state.withLock { state in
            if state.followed[Key(process)] != nil {
                state.followed[Key(process)]?.count += 1
                return
            }
            state.followed[Key(process)] = Followed(process: process, due: .now + Self.shortestPause)
            setTimer(state, at: .now)
        }
    }

    /// Looks at a process no longer, and forgets what it used, unless another run follows it.
    func unfollow(_ process: RunProcess) {
        state.withLock { state in
            guard let known = state.followed[Key(process)] else { return }
            state.followed[Key(process)]?.count -= 1
            if known.count == 1 { state.followed[Key(process)] = nil }
        }
    }

    /// What a process has used, as far as it is known now; nil when nothing is.
    func usage(of process: RunProcess) -> UsageFacts? {
        state.withLock { state in
            var usage = state.followed[Key(process)]?.usage ?? UsageFacts()
            usage.take(search.information(of: process)?.usage, seen: .now)
            state.followed[Key(process)]?.usage = usage
            return usage == UsageFacts() ? nil : usage
        }
    }

    private func look(at now: ContinuousClock.Instant) {
        state.withLock { state in
            _ = timer.expirations()
            for (key, known) in state.followed.lazy.filter({ $0.value.due <= now }).prefix(Self.atOnce) {
                var known = known
                known.usage.take(search.information(of: known.process)?.usage, seen: .now)
                known.pause = min(known.pause * 2, Self.longestPause)
                known.due = now + known.pause
                state.followed[key] = known
            }
            setTimer(state, at: now)
        }
    }

    private func setTimer(_ state: borrowing State, at now: ContinuousClock.Instant) {
        let next = state.followed.values.lazy.map(\.due).min()
        // timerfd_settime(2) fails only on what is no timer.
        try? timer.set(after: next.map { max($0 - now, Self.breather) })
    }
}

extension UsageFacts {
    /// Takes over what was seen of a process; what it cannot tell any more stays.
    mutating func take(_ usage: ProcessUsage?, seen moment: Timestamp) {
        guard let usage else { return }
        processorTime = usage.processorTime
        processorTimeSeen = moment
        guard let peak = usage.peakMemory else { return }
        peakMemory = peak
        peakMemorySeen = moment
    }
}
