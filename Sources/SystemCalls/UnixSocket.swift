internal import CLinux
internal import Glibc
public import SystemPackage

/// Where a Unix socket is to be found (unix(7)).
public enum UnixAddress: Hashable, Sendable {
    /// A file, of at most 107 bytes.
    case path(FilePath)
    /// A name of the kernel's, with no file behind it, of at most 107 bytes.
    case abstract([UInt8])

    /// An address as systemd writes it in `NOTIFY_SOCKET`: a path, or `@` and an abstract name; nil for anything else.
    public init?(notation: String) {
        switch notation.utf8.first {
        case UInt8(ascii: "/"): self = .path(FilePath(notation))
        case UInt8(ascii: "@"): self = .abstract(Array(notation.utf8.dropFirst()))
        default: return nil
        }
    }
}

/// Who is at the other end of a Unix socket, as the kernel knows it (unix(7), `SO_PEERCRED`).
public struct PeerCredentials: Hashable, Sendable {
    /// The number of the process that connected.
    public var process: Int32
    /// Its user.
    public var user: UInt32
    /// Its group.
    public var group: UInt32
}

extension OwnedDescriptor {
    /// A Unix socket that takes connections at this address; a file that it makes has these permissions from the start.
    public init(
        listeningAt address: UnixAddress, backlog: Int32 = 16, permissions: FilePermissions = [.ownerRead, .ownerWrite]
    ) throws(SystemCallError) {
        let socket = try OwnedDescriptor(unixSocket: SOCK_STREAM)
        let number = socket.number
        // bind(2) gives the file the socket's own mode, less the umask: there is no moment at which others may connect.
        try checked("fchmod") { fchmod(number, mode_t(permissions.rawValue)) }
        try address.use("bind") { bind(number, $0, $1) }
        try checked("listen") { listen(number, backlog) }
        self = socket
    }

    /// A Unix socket that is connected to this address.
    public init(connectedTo address: UnixAddress) throws(SystemCallError) {
        let socket = try OwnedDescriptor(unixSocket: SOCK_STREAM)
        let number = socket.number
        try address.use("connect") { connect(number, $0, $1) }
        self = socket
    }

    /// The next connection, waiting for one.
    public borrowing func accept() throws(SystemCallError) -> OwnedDescriptor {
        let number = number
        return OwnedDescriptor(
            owning: try checked("accept4") {
                accept4(number, __SOCKADDR_ARG(__sockaddr__: nil), nil, Int32(SOCK_CLOEXEC.rawValue))
            })
    }

    /// Says that nothing more will be written; the other side reads its end.
    public borrowing func finishWriting() throws(SystemCallError) {
        let number = number
        try checked("shutdown") { shutdown(number, Int32(SHUT_WR)) }
    }

    /// Who is at the other end of this connection.
    public borrowing func peer() throws(SystemCallError) -> PeerCredentials {
        var raw = ucred()
        var size = socklen_t(MemoryLayout<ucred>.size)
        let number = number
        try checked("getsockopt(SO_PEERCRED)") { getsockopt(number, SOL_SOCKET, SO_PEERCRED, &raw, &size) }
        return PeerCredentials(process: raw.pid, user: raw.uid, group: raw.gid)
    }

    /// A Unix socket for datagrams, at no address.
    public static func datagramSocket() throws(SystemCallError) -> OwnedDescriptor {
        try OwnedDescriptor(unixSocket: SOCK_DGRAM)
    }

    /// Sends one datagram, never waiting for a receiver that does not read: that is `EAGAIN`.
    public borrowing func send(_ bytes: [UInt8], to address: UnixAddress) throws(SystemCallError) {
        let number = number
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        try address.use("sendto") { (where_, length) in
            Int32(clamping: sendto(number, bytes, bytes.count, flags, where_, length))
        }
    }

    private init(unixSocket kind: __socket_type) throws(SystemCallError) {
        let type = Int32(kind.rawValue | SOCK_CLOEXEC.rawValue)
        self.init(owning: try checked("socket") { socket(AF_UNIX, type, 0) })
    }
}

extension UnixAddress {
    /// Makes a call with the address as C has it.
    fileprivate func use(
        _ call: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(SystemCallError) {
        let (bytes, shown) =
            switch self {
            case .path(let path):
                (
                    path.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0) + 1)) },
                    path.shown
                )
            case .abstract(let name):
                ([0] + name, "@" + name.withUnsafeBytes { escaped($0) })
            }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard bytes.count <= MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemCallError(call: call, subject: shown, errno: .fileNameTooLong)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        // The family stands before the path; an abstract name ends with the length, not with a zero.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        try checked(call, shown) {
            withUnsafePointer(to: address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
            }
        }
    }
}
