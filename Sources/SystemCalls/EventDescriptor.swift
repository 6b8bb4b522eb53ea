internal import CLinux
internal import Glibc
internal import SystemPackage

/// Wakes whoever waits for its descriptor, from any thread (eventfd(2)).
public struct EventDescriptor: ~Copyable, Sendable {
    /// What to wait for.
    public let descriptor: OwnedDescriptor

    /// Makes one that is not raised.
    public init() throws(SystemCallError) {
        let flags = Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)
        descriptor = OwnedDescriptor(owning: try checked("eventfd") { eventfd(0, flags) })
    }

    /// Raises it; raising it twice before anybody looked is as once.
    public borrowing func raise() {
        var one: UInt64 = 1
        // eventfd(2): fails only when it was raised 2^64 - 1 times, and then it is raised.
        _ = write(descriptor.number, &one, MemoryLayout<UInt64>.size)
    }

    /// Lowers it, and says whether it was raised.
    @discardableResult
    public borrowing func lower() -> Bool {
        var count: UInt64 = 0
        return read(descriptor.number, &count, MemoryLayout<UInt64>.size) == MemoryLayout<UInt64>.size
    }
}

/// Becomes readable at a time (timerfd_create(2)).
public struct TimerDescriptor: ~Copyable, Sendable {
    /// What to wait for.
    public let descriptor: OwnedDescriptor

    /// Makes one that is not set. Time that the machine sleeps counts, as it does for `ContinuousClock`.
    public init() throws(SystemCallError) {
        let flags = Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK)
        descriptor = OwnedDescriptor(owning: try checked("timerfd_create") { timerfd_create(CLOCK_BOOTTIME, flags) })
    }

    /// Sets it to go off once after `delay`, and then, if `interval` is given, again and again; nil unsets it.
    public borrowing func set(after delay: Duration?, every interval: Duration? = nil) throws(SystemCallError) {
        var setting = itimerspec(
            it_interval: timeSpecification(interval ?? .zero),
            // A delay of nothing would unset it.
            it_value: timeSpecification(delay.map { max($0, .nanoseconds(1)) } ?? .zero))
        let number = descriptor.number
        try checked("timerfd_settime") { timerfd_settime(number, 0, &setting, nil) }
    }

    /// How often it has gone off since the last question.
    public borrowing func expirations() -> UInt64 {
        var count: UInt64 = 0
        return read(descriptor.number, &count, MemoryLayout<UInt64>.size) == MemoryLayout<UInt64>.size ? count : 0
    }
}

private func timeSpecification(_ duration: Duration) -> timespec {
    let (seconds, attoseconds) = duration.components
    return timespec(tv_sec: Int(max(0, seconds)), tv_nsec: Int(max(0, attoseconds) / 1_000_000_000))
}
