import Glibc
import SystemCalls

@testable import TrialAgent

/// A datagram socket at an abstract address, as a service manager may have one.
final class ServiceManagerSocket: Sendable {
    private let socket: OwnedDescriptor
    /// What tells it.
    let notifier: Notifier

    init() {
        let name = "trialwatch-notify-\(UInt64.random(in: .min ... .max))"
        notifier = Notifier(address: "@" + name)
        let number = Glibc.socket(AF_UNIX, 2 /* SOCK_DGRAM */, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: [0] + Array(name.utf8)) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
        let bound = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, length) }
        }
        precondition(number >= 0 && bound == 0)
        socket = OwnedDescriptor(owning: number)
    }

    /// The datagrams that have come and were not received before.
    func received() throws -> [String] {
        var messages: [String] = []
        while try socket.waitUntilReadable(timeout: .zero) {
            messages.append(String(decoding: try socket.read(atMost: 4096), as: UTF8.self))
        }
        return messages
    }
}
