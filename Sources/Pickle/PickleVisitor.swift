/// A list or dict of a pickle, by where it is.
public struct PickleContainer: Sendable {
    /// What is in it.
    public enum Kind: Hashable, Sendable {
        case list
        case dictionary
    }

    /// A `list` or a `dict`.
    public let kind: Kind
    /// The keys from the root to it: keys of a `dict` or of an object's state, places in a `list`.
    public let path: [PickleValue]
}

/// What takes the content of large containers while a pickle is read.
///
/// Entries and items come in the order in which the pickle has them, a batch at a time, wherever in the pickle it puts
/// them into the container. Each stands alone: what it shares with others is copied into it. A key may come again; the
/// later value counts.
public protocol PickleVisitor {
    /// The longest path that is asked about.
    var longestPath: Int { get }

    /// Whether the entries or items of the container just made are to be handed over, instead of kept. The root that
    /// ``PickleReader/read(_:)`` gives back then has it empty.
    mutating func takes(_ container: PickleContainer) throws -> Bool

    /// Entries that are put into a `dict`.
    mutating func take(entries: [PickleEntry], of container: PickleContainer) throws

    /// Items that are appended to a `list`.
    mutating func take(items: [PickleValue], of container: PickleContainer) throws
}
