/// How much a pickle may ask for.
public struct PickleLimits: Hashable, Sendable {
    /// What is limited.
    public enum Kind: String, Hashable, Sendable {
        case depth, values, bytes, length, memo, digits, copies

        /// The beginning of a sentence that ends with the limit.
        var said: String {
            switch self {
            case .depth: "values are nested deeper than"
            case .values: "it holds more values than"
            case .bytes: "its texts and data take more bytes than"
            case .length: "one text or number takes more bytes than"
            case .memo: "it shares more values than"
            case .digits: "a number has more digits than"
            case .copies: "copies of shared values are more than"
            }
        }
    }

    /// The nesting of the tree; 500 levels fit a thread's stack of 512 KiB when the tree is taken apart.
    public var depth: Int
    /// Values in memory at one time; of containers and objects each takes about 100 bytes.
    public var values: Int
    /// Bytes of texts and data in memory at one time, those of a shared one wherever it stands.
    public var bytes: Int
    /// Bytes of one text, byte string or number.
    public var length: Int
    /// Memo entries that are fetched again.
    public var memo: Int
    /// Digits of a number written in decimal: reading one takes time that grows with their square.
    public var digits: Int
    /// Values, and bytes, that are handed over beyond sixty-four times those that the pickle itself has: what a few
    /// instructions share is copied into every value that points at it.
    public var copies: Int

    /// Limits that any record of a machine-learning run keeps, and that a small machine can afford.
    public init(
        depth: Int = 500, values: Int = 1 << 23, bytes: Int = 1 << 30, length: Int = 1 << 28, memo: Int = 1 << 22,
        digits: Int = 20_000, copies: Int = 1 << 24
    ) {
        self.depth = depth
        self.values = values
        self.bytes = bytes
        self.length = length
        self.memo = memo
        self.digits = digits
        self.copies = copies
    }
}
