import Glibc
import SystemCalls
import SystemPackage
import Testing

@testable import TrialAgent

@Suite struct NotifierTests {
    /// What a service manager receives at an abstract address while `body` runs.
    private func received(_ body: (Notifier) -> Void) throws -> [String] {
        let name = "@trialwatch-notify-\(UInt64.random(in: .min ... .max))"
        let manager = receiver(at: name.dropFirst())
        body(Notifier(address: name))
        var messages: [String] = []
        while try manager.waitUntilReadable(timeout: .zero) {
            messages.append(String(decoding: try manager.read(atMost: 4096), as: UTF8.self))
        }
        return messages
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

    @Test(arguments: [nil, "", "@nobody-listens-here", "/no/such/socket", "vsock:1:2"] as [String?])
    func `nobody to tell is no error`(address: String?) {
        Notifier(address: address).ready("watching")
    }
}

/// A datagram socket at an abstract address, as a service manager has one.
private func receiver(at name: Substring) -> OwnedDescriptor {
    let number = socket(AF_UNIX, 2 /* SOCK_DGRAM */, 0)
    #expect(number >= 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: [0] + Array(name.utf8)) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
    let bound = withUnsafePointer(to: address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, length) }
    }
    #expect(bound == 0)
    return OwnedDescriptor(owning: number)
}
