import SystemCalls
import SystemPackage
import Testing

@testable import TrialAgent

@Suite struct NotifierTests {
    /// What a service manager receives at an abstract address while `body` runs.
    private func received(_ body: (Notifier) -> Void) throws -> [String] {
        let manager = ServiceManagerSocket()
        body(manager.notifier)
        return try manager.received()
    }

    @Test func `each state is one datagram, its status one line`() throws {
        let messages = try received { notifier in
            notifier.ready("watching 2 projects")
            notifier.status("spooling 12,\nlab unreachable\r\nREADY=0")
            notifier.stopping()
        }
        #expect(
            messages == [
                "READY=1\nSTATUS=watching 2 projects", "STATUS=spooling 12, lab unreachable READY=0", "STOPPING=1",
            ])
    }

    @Test func `a reload is told with the time at which it began, progress by itself`() throws {
        let before = Clock.monotonic / 1000
        let messages = try received { notifier in
            notifier.reloading()
            notifier.alive()
        }
        let lines = try #require(messages.first).split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let time = try #require(lines.last?.split(separator: "=").last.flatMap { Int64($0) })
        #expect((before...Clock.monotonic / 1000).contains(time))
        #expect(messages.dropFirst() == ["WATCHDOG=1"])
    }

    @Test func `a start that takes long is told with the time it asks for`() throws {
        let messages = try received { $0.needsTime(.seconds(60), "looking through 2 projects") }
        #expect(messages == ["EXTEND_TIMEOUT_USEC=60000000\nSTATUS=looking through 2 projects"])
    }

    @Test(arguments: [nil, "", "@nobody-listens-here", "/no/such/socket", "vsock:1:2"] as [String?])
    func `nobody to tell is no error`(address: String?) {
        Notifier(address: address).ready("watching")
    }
}
