internal import CLinux
internal import Glibc
internal import SystemPackage

/// Whether others may hold the lock at the same time.
public enum LockKind: Hashable, Sendable {
    case shared, exclusive
}

extension OwnedDescriptor {
    /// Locks the open file, waiting until nobody else holds it (flock(2)); it is unlocked when the last descriptor of
    /// this open file closes, a killed process's too.
    public borrowing func lock(_ kind: LockKind) throws(SystemCallError) {
        let number = number
        try checked("flock") { flock(number, kind == .shared ? LOCK_SH : LOCK_EX) }
    }

    /// Locks the open file if nobody else holds it, and says whether it did.
    public borrowing func tryLock(_ kind: LockKind) throws(SystemCallError) -> Bool {
        let number = number
        do throws(SystemCallError) {
            try checked("flock") { flock(number, (kind == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) }
            return true
        } catch {
            if error.errno == .wouldBlock { return false }
            throw error
        }
    }

    /// Locks the open file, waiting for whoever holds it, but not for ever; says whether it did.
    ///
    /// flock(2) itself has no limit: the lock is asked for again after pauses that grow to 5 ms; `waiting` is called before each.
    public borrowing func lock(
        _ kind: LockKind, within patience: Duration, waiting: () -> Void = {}
    ) throws(SystemCallError) -> Bool {
        let end = ContinuousClock.now + patience
        var pause: UInt32 = 100
        while true {
            if try tryLock(kind) { return true }
            if ContinuousClock.now >= end { return false }
            waiting()
            usleep(pause)
            pause = min(pause * 2, 5000)
        }
    }

    /// Lets go of the lock.
    public borrowing func unlock() throws(SystemCallError) {
        let number = number
        try checked("flock") { flock(number, LOCK_UN) }
    }

    /// Whether anybody has this file open for writing, or nil where the kernel cannot tell: a file system without
    /// leases, or a file that is not ours (fcntl(2), `F_SETLEASE`).
    ///
    /// The descriptor has to be read-only. A process that opens the file for writing during the question waits the few
    /// microseconds until the answer is there.
    public borrowing func isOpenForWriting() throws(SystemCallError) -> Bool? {
        let number = number
        do throws(SystemCallError) {
            // A broken lease is announced by SIGIO, which would end the process; SIGURG is ignored unless somebody asks.
            try checked("fcntl(F_SETSIG)") { fcntl(number, F_SETSIG, SIGURG) }
            try checked("fcntl(F_SETLEASE)") { fcntl(number, F_SETLEASE, Int32(F_RDLCK)) }
        } catch {
            switch error.errno {
            case .resourceTemporarilyUnavailable: return true
            case .invalidArgument, .permissionDenied, .notSupported, .noLocks, .noFunction: return nil
            default: throw error
            }
        }
        try checked("fcntl(F_SETLEASE)") { fcntl(number, F_SETLEASE, Int32(F_UNLCK)) }
        return false
    }
}
