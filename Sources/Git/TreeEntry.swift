/// A line of a tree object, as it is written there: nothing of it is to be trusted.
public struct TreeEntry: Hashable, Sendable {
    /// The octal number before the name: `0o100644`, `0o040000`.
    public var mode: UInt32
    /// Any bytes but zero.
    public var name: [UInt8]
    /// What it names.
    public var object: ObjectID

    /// What `name` stands for.
    public init(mode: UInt32, name: [UInt8], object: ObjectID) {
        self.mode = mode
        self.name = name
        self.object = object
    }

    /// The entries of a tree object, in its own order; nil when it is none.
    public static func entries(in tree: [UInt8]) -> [TreeEntry]? {
        var entries: [TreeEntry] = []
        var rest = tree[...]
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: 0x20), space - rest.startIndex <= 7,
                let zero = rest[space...].firstIndex(of: 0), rest.endIndex - zero > 20,
                let mode = UInt32(String(decoding: rest[..<space], as: UTF8.self), radix: 8),
                let object = rest[(zero + 1)...(zero + 20)].withUnsafeBytes({ $0.baseAddress.map { ObjectID($0) } })
            else { return nil }
            entries.append(TreeEntry(mode: mode, name: Array(rest[(space + 1)..<zero]), object: object))
            rest = rest[(zero + 21)...]
        }
        return entries
    }
}
