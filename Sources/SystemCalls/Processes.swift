internal import CLinux
internal import Glibc
internal import SystemPackage

/// How a process ended.
public enum ProcessEnd: Hashable, Sendable {
    /// It left by itself with this status.
    case exited(Int32)
    /// A signal ended it.
    case signalled(Signal)
}

/// A process that is sure to be the same one as long as this is held, even if its number is used again (pidfd_open(2)).
///
/// The descriptor becomes readable when the process ends; it need not be a child of ours.
public struct ProcessDescriptor: ~Copyable, Sendable {
    /// What to wait for.
    public let descriptor: OwnedDescriptor
    /// The process's number.
    public let process: Int32

    /// Takes hold of a running process; `ESRCH` when there is none of this number.
    public init(_ process: Int32) throws(SystemCallError) {
        let number = try checked("pidfd_open", "\(process)") { clinux_pidfd_open(process, 0) }
        descriptor = OwnedDescriptor(owning: number)
        self.process = process
    }

    /// Whether the process has ended.
    public borrowing func hasEnded() throws(SystemCallError) -> Bool {
        try descriptor.waitUntilReadable(timeout: .zero)
    }

    /// Sends a signal; `ESRCH` when the process has ended.
    public borrowing func send(_ signal: Signal) throws(SystemCallError) {
        let number = descriptor.number
        try checked("pidfd_send_signal", "\(process)") { clinux_pidfd_send_signal(number, signal.rawValue) }
    }

    /// Waits for a child of ours to end, takes its status, and lets the kernel forget it; `ECHILD` when it is no child.
    ///
    /// Nil when it still runs after `timeout`.
    public borrowing func end(timeout: Duration? = nil) throws(SystemCallError) -> ProcessEnd? {
        guard try descriptor.waitUntilReadable(timeout: timeout) else { return nil }
        var information = siginfo_t()
        let number = descriptor.number
        try checked("waitid", "\(process)") { waitid(P_PIDFD, id_t(number), &information, WEXITED) }
        let status = clinux_child_status(&information)
        return information.si_code == Int32(CLD_EXITED) ? .exited(status) : .signalled(Signal(rawValue: status))
    }
}
