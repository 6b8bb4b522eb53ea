/// Where a server listens.
public enum RedisEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// A host's name or number, and a port.
    case host(String, port: Int)
    /// The path of a Unix socket.
    case socket(String)

    /// `host:6379`, or the path; a version 6 address is set in brackets.
    public var description: String {
        switch self {
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .socket(let path): path
        }
    }
}
