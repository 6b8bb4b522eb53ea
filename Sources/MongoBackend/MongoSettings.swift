public import Mongo

/// How a MongoDB is used.
public struct MongoSettings: Sendable {
    /// Where it is, with libmongoc's own options.
    public var address: MongoAddress
    /// How long it is waited for.
    public var timeouts: MongoTimeouts
    /// How old a change is by the server's clock, in whole seconds, before it is told; nil for none.
    public var changesDelay: Duration?

    /// The database of an address.
    public init(
        address: MongoAddress, timeouts: MongoTimeouts = MongoTimeouts(), changesDelay: Duration? = .seconds(2)
    ) {
        self.address = address
        self.timeouts = timeouts
        self.changesDelay = changesDelay
    }
}
