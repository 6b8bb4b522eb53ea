internal import CLinux
internal import Dispatch
internal import Glibc
internal import SystemCalls
internal import SystemPackage

/// The socket on which a service tells its starter how far it is (sd_notify(3)).
public final class ReadinessSocket: Sendable {
    private let descriptor: OwnedDescriptor
    let path: FilePath

    /// Binds a new socket.
    init(at path: FilePath) throws {
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw ProgramError("making a socket: \(Errno(rawValue: errno))") }
        descriptor = OwnedDescriptor(owning: number)
        self.path = path
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.string.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw ProgramError("binding \(path): the path is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw ProgramError("binding \(path): \(Errno(rawValue: errno))") }
    }

    /// Waits for READY=1; false when the program ends without it.
    func waitUntilReady(_ program: TrialwatchProcess) async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        while program.isRunning {
                            if try self.next(within: 100).contains("READY=1") { return true }
                        }
                        return false
                    })
            }
        }
    }

    /// Waits for a message with this line among its own, and gives it; nil when none comes in time.
    public func message(with line: String, within patience: Duration) async throws -> [String]? {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        let end = ContinuousClock.now + patience
                        while ContinuousClock.now < end {
                            let lines = try self.next(within: 100).map(String.init)
                            if lines.contains(line) { return lines }
                        }
                        return nil
                    })
            }
        }
    }

    /// The lines of the next message; none when it does not come in time.
    private func next(within milliseconds: Int32) throws -> [Substring] {
        try descriptor.withNumber { number in
            var wanted = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
            guard poll(&wanted, 1, milliseconds) > 0 else { return [] }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(number, &buffer, buffer.count, 0)
            guard count >= 0 else { throw ProgramError("reading the notify socket: \(Errno(rawValue: errno))") }
            return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
        }
    }
}
