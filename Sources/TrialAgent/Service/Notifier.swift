import SystemCalls
import Trials

/// Tells the service manager how the agent is doing, one datagram a message (sd_notify(3)).
struct Notifier: Sendable {
    private let address: UnixAddress?

    /// For the address in `NOTIFY_SOCKET`; without one, nobody is told.
    init(address: String?) {
        self.address = address.flatMap { UnixAddress(notation: $0) }
    }

    /// The agent watches: units that wait for it may go on.
    func ready(_ status: String) { send(["READY=1", "STATUS=\(status)"]) }

    /// It is still about to be ready, and will tell more within this time (`EXTEND_TIMEOUT_USEC=`): the manager's own limit does
    /// not end it before.
    func needsTime(_ time: Duration, _ status: String) {
        send(["EXTEND_TIMEOUT_USEC=\(time.wholeNanoseconds / 1000)", "STATUS=\(status)"])
    }

    /// It reads its configuration anew, until it is ready again (`Type=notify-reload` in systemd.service(5)).
    func reloading() { send(["RELOADING=1", "MONOTONIC_USEC=\(Clock.monotonic / 1000)"]) }

    /// It has made progress since the last time (`WatchdogSec=` in systemd.service(5)).
    func alive() { send(["WATCHDOG=1"]) }

    /// What it is doing, in one line.
    func status(_ status: String) { send(["STATUS=\(status)"]) }

    /// It has begun to stop.
    func stopping() { send(["STOPPING=1"]) }

    private func send(_ assignments: [String]) {
        guard let address else { return }
        let message = assignments.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
        // A manager that does not listen must not hinder the agent, and there is nobody else to tell.
        try? OwnedDescriptor.datagramSocket().send(Array(message.joined(separator: "\n").utf8), to: address)
    }
}
