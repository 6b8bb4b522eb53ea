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
            /// How many requests still pass before one is held; nil for all.
            var left: Int?
            var holdsAnswer = false
            /// The next request with this text in it is held.
            var heldText: [UInt8]?
            var isReleased = false
            var hold: Hold?

            /// Counts a request; true for the one that is to be held.
            mutating func takesNext(_ bytes: [UInt8]) -> Bool {
                if let text = heldText, CuttingProxy.contains(bytes, text) {
                    heldText = nil
                    return true
                }
                guard let count = left, hold == nil else { return false }
                left = count - 1
                return count == 0
            }
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

    /// What became of a request that was to be held.
    public enum Hold: Hashable, Sendable {
        /// The client waits for its answer, and will not get it.
        case held
        /// The client has gone before it came to it.
        case notReached
    }

    /// The request after `count` others, on whatever connection, is held: it never reaches the server, or the server's answer
    /// never the client.
    public func hold(after count: Int, answer: Bool) {
        shared.state.withLock { state in
            state.left = count
            state.holdsAnswer = answer
            state.hold = nil
        }
    }

    /// The next request with this text in it is held until ``release()``.
    public func hold(_ text: String) {
        shared.state.withLock { state in
            state.heldText = Array(text.utf8)
            state.isReleased = false
            state.hold = nil
        }
    }

    /// Lets the request that is held go to the server.
    public func release() { shared.state.withLock { $0.isReleased = true } }

    /// Waits until the request is held, or the client has gone.
    public func waitForHold() -> Hold {
        while true {
            if let hold = shared.state.withLock({ $0.hold }) { return hold }
            Clock.pause(milliseconds: 1)
        }
    }

    /// How many answers were lost.
    public var cuts: Int { shared.state.withLock { $0.cuts } }

    private static func serve(_ listener: consuming OwnedDescriptor, _ server: FilePath, _ shared: Shared) {
        while let client = try? listener.accept() {
            if shared.state.withLock({ $0.isOver }) { return }
            // A client that goes, or a server that is away, ends this connection only.
            try? pass(client, server, shared)
            shared.state.withLock { state in
                if state.left != nil, state.hold == nil { state.hold = .notReached }
            }
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
        var isHeld = false
        var pending: [UInt8] = []
        while true {
            // The owner lets go of it after its clients: they close their ends.
            let tokens = try epoll.wait(timeout: pending.isEmpty ? .seconds(60) : .milliseconds(5))
            if !pending.isEmpty, shared.state.withLock({ $0.isReleased }) {
                try server.write(pending)
                pending = []
            }
            for token in tokens {
                if token == 1 {
                    let bytes = try client.read(atMost: 1 << 16)
                    if bytes.isEmpty { return }
                    let trigger = shared.state.withLock { $0.trigger }
                    if let trigger, contains(bytes, trigger) { isArmed = true }
                    if shared.state.withLock({ $0.takesNext(bytes) }) {
                        if shared.state.withLock({ $0.holdsAnswer }) {
                            isHeld = true
                        } else {
                            shared.state.withLock { $0.hold = .held }
                            pending = bytes
                            continue
                        }
                    }
                    try server.write(bytes)
                } else {
                    let bytes = try server.read(atMost: 1 << 16)
                    if bytes.isEmpty { return }
                    if isHeld {
                        shared.state.withLock { $0.hold = .held }
                        continue
                    }
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
