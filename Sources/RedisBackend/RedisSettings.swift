public import Redis

/// How a Redis is used.
public struct RedisSettings: Sendable {
    /// Where it is.
    public var address: RedisAddress
    /// Whether a server may be used that loses what it has acknowledged.
    public var allowsVolatile: Bool
    /// How long it is waited for.
    public var timeouts: RedisTimeouts

    /// A server that has to keep what it acknowledges, unless it need not.
    public init(
        address: RedisAddress, allowsVolatile: Bool = false, timeouts: RedisTimeouts = RedisTimeouts()
    ) {
        self.address = address
        self.allowsVolatile = allowsVolatile
        self.timeouts = timeouts
    }
}
