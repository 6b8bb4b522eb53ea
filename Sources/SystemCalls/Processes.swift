internal import CLinux
internal import Glibc
internal import SystemPackage

/// How a process ended.
public enum ProcessEnd: Hashable, Sendable, Codable {
    /// It left by itself with this status.
    case exited(Int32)
    /// A signal ended it.
    case signalled(Signal)

    /// What a wait status says (wait(2)).
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7F
        self = signal == 0 ? .exited((waitStatus >> 8) & 0xFF) : .signalled(Signal(rawValue: signal))
    }
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

    /// How a process ended that need not be a child of ours; nil while it runs, and when nobody can tell any more.
    ///
    /// Linux 6.15 tells it as long as this is held. An older one tells it only until the parent has asked, and only to
    /// those who may look into the process.
    public borrowing func endOfAnyProcess() throws(SystemCallError) -> ProcessEnd? {
        // The kernel keeps the status here from the moment on at which it can no longer be read there.
        if let end = try keptEnd() { return end }
        if let end = endOfZombie() { return end }
        return try keptEnd()
    }

    /// What the kernel keeps of a process that its parent has waited for (`PIDFD_GET_INFO`).
    private borrowing func keptEnd() throws(SystemCallError) -> ProcessEnd? {
        var information = clinux_process_information()
        information.mask = clinux_information_exit
        let number = descriptor.number
        do throws(SystemCallError) {
            try checked("ioctl(PIDFD_GET_INFO)", "\(process)") { clinux_pidfd_get_info(number, &information) }
        } catch {
            switch error.errno {
            // An older kernel; or one that kept nothing, or not for those outside of the process's namespace.
            case .inappropriateIOCTLForDevice, .invalidArgument, .noSuchProcess, .noFunction: return nil
            default: throw error
            }
        }
        guard information.mask & clinux_information_exit != 0 else { return nil }
        return ProcessEnd(waitStatus: information.wait_status)
    }

    private borrowing func endOfZombie() -> ProcessEnd? {
        guard let folder = try? OwnedDescriptor(directory: FilePath("/proc/\(process)")),
            let end = ProcessInformation.endOfZombie(in: folder)
        else { return nil }
        do throws(SystemCallError) {
            // Only if the process is not forgotten yet was its number still its own when it was looked at.
            try send(Signal(rawValue: 0))
        } catch {
            if error.errno == .noSuchProcess { return nil }
        }
        return end
    }
}
