internal import CLinux
internal import Glibc

/// Waits for any of several descriptors to have something to read (epoll(7)).
public struct Epoll: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// Makes one that waits for nothing yet.
    public init() throws(SystemCallError) {
        descriptor = OwnedDescriptor(owning: try checked("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
    }

    /// Waits for this descriptor, too; `token` is what `wait` answers when it has something to read, or has it the first
    /// time if `once`.
    public borrowing func add(
        _ other: borrowing OwnedDescriptor, token: UInt64, once: Bool = false
    ) throws(SystemCallError) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | (once ? EPOLLONESHOT.rawValue : 0)
        event.data.u64 = token
        let (number, added) = (descriptor.number, other.number)
        try checked("epoll_ctl") { epoll_ctl(number, EPOLL_CTL_ADD, added, &event) }
    }

    /// Waits for this descriptor no longer. A descriptor that is closed is forgotten by itself.
    public borrowing func remove(_ other: borrowing OwnedDescriptor) throws(SystemCallError) {
        let (number, removed) = (descriptor.number, other.number)
        try checked("epoll_ctl") { epoll_ctl(number, EPOLL_CTL_DEL, removed, nil) }
    }

    /// Waits until something can be read, or for `timeout`, and answers the tokens of what can be; empty at the timeout.
    public borrowing func wait(timeout: Duration? = nil) throws(SystemCallError) -> [UInt64] {
        let number = descriptor.number
        var events = [epoll_event](repeating: epoll_event(), count: 16)
        let count = try checked("epoll_wait") {
            epoll_wait(number, &events, Int32(events.count), milliseconds(timeout))
        }
        return events.prefix(Int(count)).map(\.data.u64)
    }
}

extension OwnedDescriptor {
    /// Waits until something can be read (or a connection accepted), or the other side has closed; false at the timeout
    /// (poll(2)).
    public borrowing func waitUntilReadable(timeout: Duration? = nil) throws(SystemCallError) -> Bool {
        var waited = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return try checked("poll") { poll(&waited, 1, milliseconds(timeout)) } > 0
    }

    /// Waits until something can be written, or the other side has closed; false at the timeout (poll(2)).
    public borrowing func waitUntilWritable(timeout: Duration? = nil) throws(SystemCallError) -> Bool {
        var waited = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        return try checked("poll") { poll(&waited, 1, milliseconds(timeout)) } > 0
    }
}

/// What poll and epoll take: -1 for ever; a part of a millisecond waits a whole one, so that nobody spins.
private func milliseconds(_ timeout: Duration?) -> Int32 {
    guard let timeout else { return -1 }
    let (seconds, attoseconds) = timeout.components
    if seconds < 0 { return 0 }
    if seconds >= Int64(Int32.max) / 1000 { return .max }
    return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
}
