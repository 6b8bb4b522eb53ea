internal import SystemCalls
internal import SystemPackage

/// Why a connection could not be made, or is of no use any more.
public struct RedisError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Kind: Hashable, Sendable {
        /// Nobody answered at that address.
        case notConnected
        /// Nothing came within the time given.
        case timedOut
        /// The server closed the connection, or it broke.
        case ended
        /// What came is no answer of a Redis server.
        case noRedis
    }

    /// What went wrong.
    public let kind: Kind
    /// The function that failed: `redisConnectWithTimeout`, `recv`.
    public let call: String
    /// Its own code: `hiredis` has numbers, Linux has names.
    public let code: String
    /// What it said.
    public let reason: String

    init(_ kind: Kind, _ call: String, code: String, _ reason: String) {
        self.kind = kind
        self.call = call
        self.code = code
        self.reason = reason
    }

    init(_ error: SystemCallError) {
        self.init(.ended, error.call, code: "errno \(error.errno.rawValue)", "\(error)")
    }

    /// `redisConnectWithTimeout: Connection refused (code 1)`.
    public var description: String { "\(call): \(reason) (\(code))" }
}
