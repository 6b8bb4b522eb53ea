internal import CLinux
internal import Glibc
internal import SystemPackage

/// A child that runs in our place: it has all that we were started with, and whatever is done to us is done to it.
///
/// It is in our process group, and so the terminal's keys reach it without us. Its number stays its own until its owner
/// lets go of it, even when it has ended.
public struct ForegroundProcess: ~Copyable, Sendable {
    /// The child's number.
    public let process: Int32

    /// Starts a program with our environment, working directory, descriptors, limits, priority and signal settings;
    /// the first argument is its own name. A file that the kernel cannot execute is given to `/bin/sh`, when it is text.
    ///
    /// Call this on the main thread while that is the only one: a child begins with the priority and the blocked
    /// signals of the thread that makes it. From then on all signals are blocked here, standard input and output lead
    /// nowhere, and what else was inherited is closed, so that a pipe ends when the child lets go of it.
    public init(_ executable: Executable, arguments: [[UInt8]]) throws(SystemCallError) {
        // waitid(2): whoever ignores SIGCHLD never learns how a child ended.
        let ignoresChildren = clinux_take_child_signal() == 1
        process = try startInForeground(executable, arguments, Self.taken, ignoresChildren)
        letGoOfWhatWasInherited()
    }

    deinit {
        var information = siginfo_t()
        // When it still runs its status is lost; whoever takes over orphans gets it.
        waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG)
    }

    /// Waits for the child to end, and tells how; it stays known to the kernel.
    ///
    /// Until then, what other processes send to us is passed on to it, and when it stops, this process stops, too, until
    /// it is continued. What another process sends to the whole group reaches the child twice: nothing tells it from what
    /// is sent to us alone.
    public borrowing func end() throws(SystemCallError) -> ProcessEnd {
        var taken = signalSet(Self.taken)
        let child = FollowedChild(process: process)
        while true {
            while let change = try child.change(WSTOPPED | WCONTINUED | WNOHANG) {
                if case .stopped(let signal) = change { try child.stop(by: signal) }
            }
            if case .ended(let end)? = try child.change(WEXITED | WNOHANG | WNOWAIT) { return end }
            var information = siginfo_t()
            let number = try checked("sigwaitinfo") { sigwaitinfo(&taken, &information) }
            if passesOn(Signal(rawValue: number), information) { kill(process, number) }
        }
    }

    /// What the child used, with the children that it waited for, once it has ended; nil before.
    ///
    /// The memory is the most that the child or one of those had.
    public borrowing func usage() -> ProcessUsage? {
        var (information, usage) = (siginfo_t(), rusage())
        guard clinux_waitid_usage(process, WEXITED | WNOHANG | WNOWAIT, &information, &usage) == 0,
            clinux_child_process(&information) == process
        else { return nil }
        let (user, system) = (usage.ru_utime, usage.ru_stime)
        return ProcessUsage(
            processorTime: .seconds(user.tv_sec + system.tv_sec) + .microseconds(user.tv_usec + system.tv_usec),
            peakMemory: usage.ru_maxrss * 1024)
    }

    /// All but those that cannot be blocked and those by which the kernel tells of a fault of the program.
    private static let taken = (1...64).filter {
        ![SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT].contains($0)
    }.map { Signal(rawValue: $0) }

    /// Whether a signal was meant for the child. It has its own of those that the kernel sends, by the terminal, to the
    /// whole group, and of those that it sends to the group itself; but a timer that was set before exec(2) is ours only.
    private borrowing func passesOn(_ signal: Signal, _ information: siginfo_t) -> Bool {
        if signal == .alarm { return true }
        // A broken pipe is always ours; SIGCONT is answered where it takes effect.
        if [SIGCHLD, SIGCONT, SIGPIPE].contains(signal.rawValue) { return false }
        var information = information
        return information.si_code <= 0 && clinux_child_process(&information) != process
    }
}

/// A child whose stops are ours, too.
private struct FollowedChild {
    let process: Int32

    /// Stops this process as the child was stopped, and sees to it that both go on together.
    func stop(by signal: Signal) throws(SystemCallError) {
        signal.take()
        // `fg` continues the whole group, though not in one instant; whoever continues this process alone means the child.
        for _ in 0..<20 {
            if case .continued? = try change(WCONTINUED | WNOHANG) { return }
            if try change(WEXITED | WNOHANG | WNOWAIT) != nil { return }
            usleep(1000)
        }
        kill(process, SIGCONT)
    }

    enum Change {
        case stopped(Signal), continued
        case ended(ProcessEnd)
    }

    /// What has happened to the child that was not told before; nil when it is nothing of what was asked for.
    func change(_ options: Int32) throws(SystemCallError) -> Change? {
        var information = siginfo_t()
        let number = process
        do throws(SystemCallError) {
            try checked("waitid", "\(number)") { waitid(P_PID, id_t(number), &information, options) }
        } catch {
            // waitid(2): a child that has ended is none to whoever does not ask for its end.
            if error.errno == .noChildProcess, options & WEXITED == 0 { return nil }
            throw error
        }
        guard clinux_child_process(&information) == number else { return nil }
        let status = clinux_child_status(&information)
        return switch Int(information.si_code) {
        case Int(CLD_EXITED): .ended(.exited(status))
        case Int(CLD_KILLED), Int(CLD_DUMPED): .ended(.signalled(Signal(rawValue: status)))
        case Int(CLD_STOPPED): .stopped(Signal(rawValue: status))
        case Int(CLD_CONTINUED): .continued
        // A debugger's stop is no business of ours.
        default: nil
        }
    }
}

private func startInForeground(
    _ executable: Executable, _ arguments: [[UInt8]], _ blocked: [Signal], _ ignoresChildren: Bool
) throws(SystemCallError) -> Int32 {
    do throws(SystemCallError) {
        return try forkAndExecute(executable.path, arguments, blocked, ignoresChildren)
    } catch {
        // As execvp(3) and shells have it.
        guard error.errno == .execFormatError, executable.isUnmarkedScript else { throw error }
        let path = executable.path.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
        let script = [Array("/bin/sh".utf8), path] + arguments.dropFirst()
        return try forkAndExecute("/bin/sh", script, blocked, ignoresChildren)
    }
}

/// Blocks the signals here, and gives the child the mask that was there before.
private func forkAndExecute(
    _ path: FilePath, _ arguments: [[UInt8]], _ blocked: [Signal], _ ignoresChildren: Bool
) throws(SystemCallError) -> Int32 {
    let report = try Pipe()
    let number = report.writing.number
    var (set, mask) = (signalSet(blocked), sigset_t())
    let process = withCStrings(arguments) { arguments in
        path.withPlatformString { clinux_fork_exec($0, arguments, &set, &mask, ignoresChildren ? 1 : 0, number) }
    }
    let failure = Errno(rawValue: Glibc.errno)
    guard process != -1 else {
        pthread_sigmask(SIG_SETMASK, &mask, nil)
        throw SystemCallError(call: "fork", subject: nil, errno: failure)
    }
    _ = consume report.writing
    // A child that is stopped before exec(2) says nothing; nothing has to be said of one that cannot be asked.
    let child = FollowedChild(process: process)
    while let isReady = try? report.reading.waitUntilReadable(timeout: .milliseconds(20)), !isReady {
        if case .stopped(let signal)? = try? child.change(WSTOPPED | WNOHANG) { try? child.stop(by: signal) }
    }
    // The child's own end of the pipe is closed by exec(2): to read nothing is good news.
    let answer = (try? report.reading.read(atMost: MemoryLayout<Int32>.size)) ?? []
    guard !answer.isEmpty else { return process }
    waitpid(process, nil, 0)
    pthread_sigmask(SIG_SETMASK, &mask, nil)
    let reason = answer.withUnsafeBytes { $0.count == 4 ? $0.loadUnaligned(as: Int32.self) : EIO }
    throw SystemCallError(call: "execve", subject: path.shown, errno: Errno(rawValue: reason))
}

/// Closes what whoever started us had open: all that came through exec(2), which is all that it would not have closed.
private func letGoOfWhatWasInherited() {
    // Without /proc a pipe that the child closes early ends only when the child does.
    for entry in (try? FileSystem.entries(of: "/proc/self/fd")) ?? [] {
        guard let number = Int32(entry.name.string), number > 2, fcntl(number, F_GETFD) == 0 else { continue }
        close(number)
    }
    let nowhere = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard nowhere >= 0 else { return }
    for number in Int32(0)...2 where number != nowhere {
        // Errors are still ours to write; where they were closed, no other file may get their number.
        if number < 2 || fcntl(number, F_GETFD) == -1 { dup3(nowhere, number, O_CLOEXEC) }
    }
    if nowhere > 2 { close(nowhere) }
}
