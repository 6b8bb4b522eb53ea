internal import CLinux
internal import Dispatch
internal import Glibc
internal import Synchronization
internal import SystemCalls
public import SystemPackage

/// A program that a test started; it is killed and reaped when nobody holds it any more.
public final class TrialwatchProcess: Sendable {
    /// How a program ended.
    public enum Exit: Sendable, Hashable {
        case status(Int32)
        case signal(Int32)
    }

    /// Its process id.
    public let pid: Int32
    /// The file that its standard output goes to.
    public let outputPath: FilePath
    /// The file that its standard error goes to.
    public let errorPath: FilePath

    private let exit = Mutex<Exit?>(nil)

    /// Starts a program with exactly this environment and nothing on its standard input.
    public init(
        _ executable: FilePath, _ arguments: [String], environment: [String: String], directory: FilePath,
        output: FilePath, error: FilePath
    ) throws(ProgramError) {
        outputPath = output
        errorPath = error
        pid = try spawn(executable, arguments, environment, directory, .files(output: output, error: error))
    }

    /// Starts a program as the leader of a session with this terminal, which is its input, output and errors.
    init(
        _ executable: FilePath, _ arguments: [String], environment: [String: String], directory: FilePath,
        terminal: FilePath
    ) throws(ProgramError) {
        outputPath = terminal
        errorPath = terminal
        pid = try spawn(executable, arguments, environment, directory, .terminal(terminal))
    }

    /// The bytes of its memory that are resident (proc_pid_statm(5)).
    public func residentBytes() throws -> Int {
        let path = FilePath("/proc/\(pid)/statm")
        let bytes = try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 1 << 10)
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { throw ProgramError("\(path): \(fields)") }
        return pages * Int(getpagesize())
    }

    /// Sends a signal, unless it has ended.
    public func send(_ signal: Int32) {
        exit.withLock { exit in
            if exit == nil { kill(pid, signal) }
        }
    }

    /// Waits until it has ended.
    public func wait() async -> Exit {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: self.reap()) }
        }
    }

    /// Asks it to end by SIGTERM, and waits until it has.
    public func stop() async -> Exit {
        send(SIGTERM)
        return await wait()
    }

    /// Ends it by SIGKILL, and waits until it has.
    public func kill9() async -> Exit {
        send(SIGKILL)
        return await wait()
    }

    /// True until it has been waited for.
    public var isRunning: Bool {
        exit.withLock { exit in
            if exit == nil, let ended = collect(WNOHANG) { exit = ended }
            return exit == nil
        }
    }

    private func reap() -> Exit {
        // WNOWAIT leaves the zombie, so that no signal of `send` can meet another process under the same number.
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        return exit.withLock { exit in
            let ended = exit ?? collect(0) ?? .signal(0)
            exit = ended
            return ended
        }
    }

    private func collect(_ options: Int32) -> Exit? {
        var status: Int32 = 0
        guard waitpid(pid, &status, options) == pid else { return nil }
        return status & 0x7F == 0 ? .status(status >> 8 & 0xFF) : .signal(status & 0x7F)
    }

    deinit {
        send(SIGKILL)
        _ = reap()
    }
}

/// POSIX_SPAWN_SETSID, which Glibc's module lacks.
private let setSession: Int32 = 0x80

/// Where a program's streams lead.
private enum Streams {
    case files(output: FilePath, error: FilePath)
    case terminal(FilePath)
}

private func spawn(
    _ executable: FilePath, _ arguments: [String], _ environment: [String: String], _ directory: FilePath,
    _ streams: Streams
) throws(ProgramError) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    switch streams {
    case .files(let output, let error):
        let writing = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        output.withPlatformString { _ = posix_spawn_file_actions_addopen(&actions, 1, $0, writing, 0o600) }
        error.withPlatformString { _ = posix_spawn_file_actions_addopen(&actions, 2, $0, writing, 0o600) }
    case .terminal(let terminal):
        // The first terminal that a session's leader opens becomes the session's (tty_ioctl(4)).
        flags |= setSession
        for number in Int32(0)...2 {
            terminal.withPlatformString { _ = posix_spawn_file_actions_addopen(&actions, number, $0, O_RDWR, 0) }
        }
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The test runner's own mask and ignored signals are no part of what a user's shell hands on.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var pid: pid_t = 0
    _ = directory.withPlatformString { posix_spawn_file_actions_addchdir_np(&actions, $0) }
    let code = withStrings([executable.string] + arguments) { argv in
        withStrings(environment.map { "\($0.key)=\($0.value)" }) { envp in
            executable.withPlatformString { posix_spawn(&pid, $0, &actions, &attributes, argv, envp) }
        }
    }
    guard code == 0 else { throw ProgramError("starting \(executable): \(Errno(rawValue: code))") }
    return pid
}

/// Lends C strings with a null after the last, as exec(2) wants them.
private func withStrings(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) -> Int32 {
    var pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { $0.baseAddress.map(body) ?? EINVAL }
}
