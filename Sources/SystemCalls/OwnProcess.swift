internal import CLinux
internal import Glibc
public import SystemPackage

/// The process that we are.
public enum OwnProcess {
    /// This process's number.
    public static var number: Int32 { getpid() }

    /// The number of the process that started this one; another one's when it has ended.
    public static var parent: Int32 { getppid() }

    /// Puts a limit on this process, which it cannot lift again (setrlimit(2)).
    public static func limit(_ limit: ChildProcess.Limit) throws(SystemCallError) {
        try limit.put(on: 0)
    }

    /// Lets others go first: 1 is a little, 19 is all (nice(2)).
    public static func yieldPriority(by steps: Int32) {
        // Fails only for those who want more, not less.
        _ = nice(steps)
    }

    /// Lets all others go before this thread, for good (setpriority(2): on Linux it is the thread's own).
    static func yieldThisThread() {
        // Fails only for those who want more, not less. The disk's time is given out by the same number (ioprio_set(2)).
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
    }

    /// What this process was started with, byte for byte; the first is its own name.
    public static var arguments: [[UInt8]] {
        (0..<Int(CommandLine.argc)).map { index in
            guard let text = CommandLine.unsafeArgv[index] else { return [] }
            return Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
        }
    }

    /// Ends this process as another one ended, so that whoever waits for it sees the same: with its status, or by its
    /// signal, though without a core file.
    public static func end(like end: ProcessEnd) -> Never {
        switch end {
        case .exited(let status): _exit(status)
        case .signalled(let signal):
            clinux_forbid_core()
            signal.take()
            // The first process of a container is not ended by its own signals: as a shell says it, then.
            _exit(128 + signal.rawValue)
        }
    }

    /// Ends this process at once, from any thread; nothing is flushed or let go of (_exit(2)).
    public static func end(_ status: Int32) -> Never { _exit(status) }
}

extension OwnedDescriptor {
    /// This process's standard input, now with one owner; whatever else reads standard input finds nothing.
    public static func takingStandardInput() throws(SystemCallError) -> OwnedDescriptor {
        let taken = try OwnedDescriptor(standard: 0)
        try OwnedDescriptor(opening: "/dev/null", .readOnly).stand(for: 0)
        return taken
    }

    /// This process's standard output, now with one owner; whatever else is printed goes to standard error.
    public static func takingStandardOutput() throws(SystemCallError) -> OwnedDescriptor {
        let taken = try OwnedDescriptor(standard: 1)
        try OwnedDescriptor(standard: 2).stand(for: 1)
        return taken
    }

    private init(standard number: Int32) throws(SystemCallError) {
        self.init(owning: try checked("fcntl(F_DUPFD_CLOEXEC)") { fcntl(number, F_DUPFD_CLOEXEC, 3) })
    }

    private borrowing func stand(for standard: Int32) throws(SystemCallError) {
        let number = number
        try checked("dup2") { dup2(number, standard) }
    }
}

extension OwnProcess {
    /// Becomes another program in a folder, with our environment, streams and priority, and all signals let through; returns only
    /// when it cannot (execve(2)).
    public static func become(
        _ executable: FilePath, arguments: [[UInt8]], in directory: FilePath
    ) throws(SystemCallError) -> Never {
        try checked("chdir", directory.shown) { directory.withPlatformString { chdir($0) } }
        // What says where we are is for shells and those who print it.
        _ = directory.withPlatformString { setenv("PWD", $0, 1) }
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        withCStrings(arguments) { arguments in
            _ = executable.withPlatformString { execve($0, arguments, Glibc.environ) }
        }
        throw SystemCallError(call: "execve", subject: executable.shown, errno: Errno(rawValue: Glibc.errno))
    }
}
