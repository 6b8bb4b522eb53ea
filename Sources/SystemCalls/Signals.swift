internal import CLinux
internal import Glibc

/// A signal (signal(7)).
public struct Signal: RawRepresentable, Hashable, Sendable, Codable {
    /// The number, as this machine has it.
    public var rawValue: Int32

    /// A signal by its number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Asks to end.
    public static let terminate = Signal(rawValue: SIGTERM)
    /// Ctrl-C.
    public static let interrupt = Signal(rawValue: SIGINT)
    /// Ctrl-\.
    public static let quit = Signal(rawValue: SIGQUIT)
    /// The terminal is gone; to a service: read your configuration again.
    public static let hangup = Signal(rawValue: SIGHUP)
    /// Ends a process that cannot object.
    public static let kill = Signal(rawValue: SIGKILL)
    /// Stops a process until `resume`.
    public static let stop = Signal(rawValue: SIGSTOP)
    /// Ctrl-Z.
    public static let terminalStop = Signal(rawValue: SIGTSTP)
    /// Goes on after a stop.
    public static let resume = Signal(rawValue: SIGCONT)
    /// A timer of `alarm(2)` has run out.
    public static let alarm = Signal(rawValue: SIGALRM)
    /// Written to a pipe that nobody reads.
    public static let brokenPipe = Signal(rawValue: SIGPIPE)
    /// For the program's own use; job schedulers warn with it.
    public static let user1 = Signal(rawValue: SIGUSR1)
    /// For the program's own use; job schedulers warn with it.
    public static let user2 = Signal(rawValue: SIGUSR2)
    /// The terminal has another size.
    public static let windowChange = Signal(rawValue: SIGWINCH)

    /// What the signal is called, such as `killed`.
    public var name: String { strsignal(rawValue).map { String(cString: $0).lowercased() } ?? "signal \(rawValue)" }

    /// Ignores the signal in this process from now on; children of `ChildProcess` do not inherit it.
    public func ignore() {
        _ = signal(rawValue, SIG_IGN)
    }

    /// Blocks signals in this thread, and in those that it starts later, until a `SignalDescriptor` takes them.
    public static func block(_ signals: [Signal]) {
        var set = signalSet(signals)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Has the signal do to this process what it does to one that knows nothing of it: end it, or stop it until it is
    /// continued.
    func take() {
        _ = signal(rawValue, SIG_DFL)
        var (set, before) = (signalSet([self]), sigset_t())
        // To this thread: another one could take its time, and this one would run on meanwhile.
        raise(rawValue)
        pthread_sigmask(SIG_UNBLOCK, &set, &before)
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }

    /// Sends the signal to a process that may not be ours, by its number (kill(2)); prefer `ProcessDescriptor`.
    public func send(to process: Int32) throws(SystemCallError) {
        let number = rawValue
        try checked("kill", "\(process)") { Glibc.kill(process, number) }
    }
}

/// Signals as something to read, rather than as interruptions (signalfd(2)).
public struct SignalDescriptor: ~Copyable, Sendable {
    /// What to wait for.
    public let descriptor: OwnedDescriptor

    /// Blocks the signals in this thread, and in those that it starts later, and takes them here.
    ///
    /// Call this before any other thread is started: a thread that does not block a signal would take it.
    public init(_ signals: [Signal]) throws(SystemCallError) {
        Signal.block(signals)
        var set = signalSet(signals)
        let number = try checked("signalfd") { signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)) }
        descriptor = OwnedDescriptor(owning: number)
    }

    /// The next signal that has come, or nil.
    public borrowing func next() -> Signal? {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard read(descriptor.number, &information, size) == size else { return nil }
        return Signal(rawValue: Int32(bitPattern: information.ssi_signo))
    }
}

// No initializer of sigset_t: whoever imports this module and Glibc would find that type in CLinux, which it cannot see.
func signalSet(_ signals: [Signal]) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal.rawValue) }
    return set
}
