internal import CLinux
internal import Glibc
internal import SystemPackage

/// What became of asking for a write lease.
public enum LeaseAnswer: Hashable, Sendable {
    /// Nobody else has the file open, and whoever opens it now waits until the lease is given back.
    case held
    /// Somebody has the file open.
    case inUse
    /// The kernel gives no leases here: a file system without them, or a file that is not ours.
    case unavailable
}

/// Who waits for a lease to be given back.
public enum LeaseRequest: Hashable, Sendable {
    case nobody
    /// Only such as want to read.
    case reader
    /// Somebody who wants to write; or the lease is gone, because its holder let others wait for too long
    /// (`/proc/sys/fs/lease-break-time`, 45 s).
    case writer
}

/// How long the kernel keeps others waiting for a lease at most (`/proc/sys/fs/lease-break-time`): whoever took it less
/// than this ago is sure to have it.
public func leaseBreakTime() -> Duration {
    let file = try? OwnedDescriptor(opening: "/proc/sys/fs/lease-break-time", .readOnly)
    let text = (try? file?.read(atMost: 32)).map { String(decoding: $0.dropLast(), as: UTF8.self) }
    return .seconds(text.flatMap { Int($0) } ?? 45)
}

extension OwnedDescriptor {
    /// Asks for a lease that keeps everybody else from opening the file (fcntl(2), `F_SETLEASE`, `F_WRLCK`), again and
    /// again as long as the file is in use and `patience` lasts.
    ///
    /// It lasts until ``giveBackLease()``, or until the descriptor closes. This process, too, waits when it opens the file
    /// by its name meanwhile.
    public borrowing func takeWriteLease(within patience: Duration = .zero) throws(SystemCallError) -> LeaseAnswer {
        let end = ContinuousClock.now + patience
        while true {
            let answer = try askForWriteLease()
            if answer != .inUse || ContinuousClock.now >= end { return answer }
            usleep(2000)
        }
    }

    private borrowing func askForWriteLease() throws(SystemCallError) -> LeaseAnswer {
        let number = number
        do throws(SystemCallError) {
            // As in `isOpenForWriting`; giving a lease back forgets the choice, so it is made each time.
            try checked("fcntl(F_SETSIG)") { fcntl(number, F_SETSIG, SIGURG) }
            try checked("fcntl(F_SETLEASE)") { fcntl(number, F_SETLEASE, Int32(F_WRLCK)) }
            return .held
        } catch {
            switch error.errno {
            case .resourceTemporarilyUnavailable: return .inUse
            case .invalidArgument, .permissionDenied, .notSupported, .noLocks, .noFunction: return .unavailable
            default: throw error
            }
        }
    }

    /// Who waits for the write lease that this descriptor has (`F_GETLEASE`).
    public borrowing func leaseRequest() throws(SystemCallError) -> LeaseRequest {
        let number = number
        switch try checked("fcntl(F_GETLEASE)", nil, { fcntl(number, F_GETLEASE) }) {
        case Int32(F_WRLCK): return .nobody
        case Int32(F_RDLCK): return .reader
        default: return .writer
        }
    }

    /// Gives the lease back: who waited goes on.
    public borrowing func giveBackLease() throws(SystemCallError) {
        let number = number
        try checked("fcntl(F_SETLEASE)") { fcntl(number, F_SETLEASE, Int32(F_UNLCK)) }
    }
}
