public import Redis

/// What an address of a Redis says: where it listens, or who knows where; and how to log in.
///
///     redis://[user:password@]host[:port][/database]
///     unix://[user:password@]/path[?db=database]
///     redis+sentinel://[user:password@]host[:port][,host[:port]…]/name[/database][?sentinel_password=…]
public struct RedisAddress: Hashable, Sendable {
    /// Where the data is.
    public enum Place: Hashable, Sendable {
        /// On this server.
        case server(RedisEndpoint)
        /// On the master that these Sentinels call by this name.
        case sentinels([RedisEndpoint], master: String)
    }

    /// Where the data is.
    public let place: Place
    /// The user of the server's access list; nil for its default one.
    public let user: String?
    let password: String?
    let sentinelPassword: String?
    /// The database's number.
    public let database: Int

    /// What addresses begin with.
    public static let schemes = ["redis", "rediss", "unix", "redis+sentinel"]

    /// The address without anything secret: for people, in errors and status.
    public var shown: String {
        switch place {
        case .server(let endpoint): "\(endpoint)/\(database)"
        case .sentinels(let all, let master):
            "\(master)/\(database) by \(all.map(\.description).joined(separator: ","))"
        }
    }

    /// Reads an address; what it throws repeats nothing of the address that may be secret.
    public init(_ text: String) throws(RedisAddressError) {
        guard let mark = text.firstRange(of: "://") else {
            throw RedisAddressError("expected an address such as redis://host:6379/0")
        }
        let scheme = text[..<mark.lowerBound].lowercased()
        var rest = text[mark.upperBound...]
        if scheme == "rediss" {
            throw RedisAddressError(
                "this build has no TLS for Redis: Debian 12's hiredis 0.14 has none; have stunnel listen here and forward to "
                    + "the server, with redis://127.0.0.1:6379, or use a Unix socket, unix:///path")
        }
        guard Self.schemes.contains(scheme) else {
            throw RedisAddressError("expected redis://, unix:// or redis+sentinel://")
        }
        var options: [String: String] = [:]
        if let question = rest.firstIndex(of: "?") {
            for option in rest[rest.index(after: question)...].split(separator: "&") {
                let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { throw RedisAddressError("an option after ? has no value") }
                options[String(parts[0])] = try Self.decoded(parts[1])
            }
            rest = rest[..<question]
        }
        (user, password) = try Self.login(&rest)
        sentinelPassword = options.removeValue(forKey: "sentinel_password")
        var number = options.removeValue(forKey: "db").map { $0[...] }
        switch scheme {
        case "unix":
            guard rest.hasPrefix("/"), rest.count > 1 else { throw RedisAddressError("expected unix:///path?db=0") }
            place = .server(.socket(try Self.decoded(rest)))
        case "redis":
            let cut = rest.firstIndex(of: "/") ?? rest.endIndex
            if cut < rest.endIndex, rest.index(after: cut) < rest.endIndex { number = rest[rest.index(after: cut)...] }
            place = .server(try Self.endpoint(rest[..<cut], port: 6379))
        default:
            let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
            guard (2...3).contains(parts.count), !parts[1].isEmpty else {
                throw RedisAddressError("expected redis+sentinel://host:26379,host:26379/name/0")
            }
            var all: [RedisEndpoint] = []
            for part in parts[0].split(separator: ",") { all.append(try Self.endpoint(part, port: 26379)) }
            guard !all.isEmpty else { throw RedisAddressError("expected the host of a Sentinel at least") }
            place = .sentinels(all, master: try Self.decoded(parts[1]))
            if parts.count == 3, !parts[2].isEmpty { number = parts[2] }
        }
        guard let database = Int(number ?? "0"), (0...1 << 20).contains(database) else {
            throw RedisAddressError("expected a database's number, 0 or more")
        }
        self.database = database
        if let option = options.keys.min() {
            throw RedisAddressError("there is no option '\(option)'; there are db and sentinel_password")
        }
    }

    private static func login(
        _ rest: inout Substring
    ) throws(RedisAddressError) -> (user: String?, password: String?) {
        let authority = rest.prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else {
            // An @ further on stands in a password with a slash in it.
            guard !rest.contains("@") || rest.hasPrefix("/") else {
                throw RedisAddressError("write / in a password as %2F, @ as %40 and : as %3A")
            }
            return (nil, nil)
        }
        let login = authority[..<at]
        rest = rest[rest.index(after: at)...]
        guard let colon = login.firstIndex(of: ":") else {
            // Whatever shows addresses looks for a colon before a password.
            throw RedisAddressError("expected user:password@ before the host, or :password@ for the default user")
        }
        let user = try decoded(login[..<colon])
        let password = try decoded(login[login.index(after: colon)...])
        return (user.isEmpty ? nil : user, password.isEmpty ? nil : password)
    }

    private static func endpoint(_ text: Substring, port: Int) throws(RedisAddressError) -> RedisEndpoint {
        var host = text
        var port = port
        if text.hasPrefix("["), let close = text.lastIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<close]
            let after = text[text.index(after: close)...]
            if !after.isEmpty { port = try Self.port(after) }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = try Self.port(text[colon...])
        }
        return .host(host.isEmpty ? "localhost" : String(host), port: port)
    }

    private static func port(_ text: Substring) throws(RedisAddressError) -> Int {
        guard text.first == ":", let port = Int(text.dropFirst()), (1...65_535).contains(port) else {
            throw RedisAddressError("expected a port from 1 to 65535 after the host")
        }
        return port
    }

    /// `%40` is `@` (RFC 3986, 2.1).
    private static func decoded(_ text: Substring) throws(RedisAddressError) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                throw RedisAddressError("% is followed by two hexadecimal digits; write % itself as %25")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw RedisAddressError("what stands for % and digits is no UTF-8")
        }
        return decoded
    }
}

extension RedisAddress: CustomStringConvertible, CustomReflectable {
    /// Without anything secret.
    public var description: String { shown }

    /// Without anything secret, so that `dump` tells no more than `print`.
    public var customMirror: Mirror { Mirror(self, children: ["shown": shown]) }
}

/// What is wrong with an address; never repeats what may be a password.
public struct RedisAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let description: String

    init(_ description: String) { self.description = description }
}
