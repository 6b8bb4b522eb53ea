internal import Glibc
internal import SystemPackage

/// A file descriptor with one owner: it is closed when its owner lets go of it.
///
/// Every descriptor that this module opens has `O_CLOEXEC`, so that no child process inherits it by accident.
public struct OwnedDescriptor: ~Copyable, Sendable {
    let number: Int32

    /// Takes over an open descriptor; nobody else may close it.
    public init(owning number: Int32) {
        self.number = number
    }

    deinit {
        // close(2): the descriptor is gone even when close fails, so there is nothing to try again.
        _ = Glibc.close(number)
    }

    /// Lends the descriptor's number to a call of another library; it may not be kept or closed.
    public borrowing func withNumber<Value, Failure: Error>(
        _ body: (Int32) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try body(number)
    }

    /// Closes now, and says so when the kernel reports a write that was lost (close(2): NFS and quotas report here).
    public consuming func close() throws(SystemCallError) {
        let number = number
        discard self
        guard Glibc.close(number) == -1 else { return }
        let reason = Errno(rawValue: Glibc.errno)
        // close(2): on Linux an interrupted close has closed.
        if reason != .interrupted { throw SystemCallError(call: "close", subject: nil, errno: reason) }
    }

    /// A second descriptor of the same open file, with the same offset and locks (dup(2)).
    public borrowing func duplicate() throws(SystemCallError) -> OwnedDescriptor {
        let number = number
        return OwnedDescriptor(owning: try checked("fcntl(F_DUPFD_CLOEXEC)") { fcntl(number, F_DUPFD_CLOEXEC, 0) })
    }
}
