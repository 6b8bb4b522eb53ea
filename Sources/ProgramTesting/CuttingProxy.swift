internal import Synchronization
internal import SystemCalls
public import SystemPackage

/// Stands between a client and a server's Unix socket and passes everything on, but for answers that are to be lost.
public final class CuttingProxy: Sendable {
    /// What both the owner and the thread know.
    private final class Shared: Sendable {
        struct State {
            var trigger: [UInt8]?
            var cuts = 0
            var isOver = false
        }

        let state = Mutex(State())
    }

    /// Where clients connect.
    public let path: FilePath
    private let shared = Shared()
    private let thread: DedicatedThread

    /// Listens at `path` for what is meant for the server at `server`; one connection at a time.
    public init(to server: FilePath, at path: FilePath) throws {
        self.path = path
        let listener = try OwnedDescriptor(listeningAt: .path(path))
        let number = Mutex<OwnedDescriptor?>(consume listener)
        let shared = shared
        thread = try DedicatedThread("cutting-proxy") {
            let listener = number.withLock { $0.take() }
            switch consume listener {
            case .some(let listener): Self.serve(listener, server, shared)
            case .none: return
            }
        }
    }

    deinit {
        shared.state.withLock { $0.isOver = true }
        // It wakes by a connection.
        _ = try? OwnedDescriptor(connectedTo: .path(path))
    }

    /// The next answer to something with this text in it is lost: the server has given it, and the connection breaks.
    public func loseAnswer(to text: String) { shared.state.withLock { $0.trigger = Array(text.utf8) } }

    /// How many answers were lost.
    public var cuts: Int { shared.state.withLock { $0.cuts } }

    private static func serve(_ listener: consuming OwnedDescriptor, _ server: FilePath, _ shared: Shared) {
        while let client = try? listener.accept() {
            if shared.state.withLock({ $0.isOver }) { return }
            // A client that goes, or a server that is away, ends this connection only.
            try? pass(client, server, shared)
        }
    }

    private static func pass(
        _ client: consuming OwnedDescriptor, _ path: FilePath, _ shared: Shared
    ) throws(SystemCallError) {
        let server = try OwnedDescriptor(connectedTo: .path(path))
        let epoll = try Epoll()
        try epoll.add(client, token: 1)
        try epoll.add(server, token: 2)
        var isArmed = false
        while true {
            // The owner lets go of it after its clients: they close their ends.
            for token in try epoll.wait(timeout: .seconds(60)) {
                if token == 1 {
                    let bytes = try client.read(atMost: 1 << 16)
                    if bytes.isEmpty { return }
                    let trigger = shared.state.withLock { $0.trigger }
                    if let trigger, contains(bytes, trigger) { isArmed = true }
                    try server.write(bytes)
                } else {
                    let bytes = try server.read(atMost: 1 << 16)
                    if bytes.isEmpty { return }
                    if isArmed {
                        shared.state.withLock { state in
                            state.trigger = nil
                            state.cuts += 1
                        }
                        return
                    }
                    try client.write(bytes)
                }
            }
        }
    }

    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.count >= part.count && bytes.indices.contains { bytes[$0...].starts(with: part) }
    }
}
