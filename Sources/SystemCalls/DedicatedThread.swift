internal import CLinux
internal import Glibc
internal import SystemPackage

/// A thread of its own, for what waits in the kernel most of its life (pthread_create(3)).
///
/// Its owner waits for it when letting go: whatever the thread waits for has to be ended before.
public struct DedicatedThread: ~Copyable, @unchecked Sendable {
    // Unchecked: a pthread_t is a number that only this owner uses, and only once.
    private let thread: pthread_t

    /// Starts a thread that does this; `name` has at most 15 bytes, and is what `top -H` shows.
    ///
    /// It takes no signals but those that its own doing raises (SIGPIPE, SIGSEGV and the like): all others are for the thread
    /// that asked for them.
    public init(_ name: String, _ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        let start = Unmanaged.passRetained(Start(name, body))
        var thread = pthread_t()
        var (all, before) = (sigset_t(), sigset_t())
        sigfillset(&all)
        for own in [SIGPIPE, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP] { sigdelset(&all, own) }
        // A thread begins with its maker's mask.
        pthread_sigmask(SIG_BLOCK, &all, &before)
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                _ = clinux_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        guard code == 0 else {
            start.release()
            throw SystemCallError(call: "pthread_create", subject: name, errno: Errno(rawValue: code))
        }
        self.thread = thread
    }

    /// Lets go of it without waiting: it stays as long as the program does, or ends by itself.
    public consuming func leave() {
        pthread_detach(thread)
        discard self
    }

    deinit {
        pthread_join(thread, nil)
    }
}

private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}
