public import Mongo

/// How a MongoDB is used.
public struct MongoSettings: Sendable {
    /// Where it is, with libmongoc's own options.
    public var address: MongoAddress
    /// How long it is waited for.
    public var timeouts: MongoTimeouts

    /// The database of an address.
    public init(address: MongoAddress, timeouts: MongoTimeouts = MongoTimeouts()) {
        self.address = address
        self.timeouts = timeouts
    }
}
