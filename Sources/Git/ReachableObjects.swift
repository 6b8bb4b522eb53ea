/// The objects that trees lead to, as far as they are here.
public struct ReachableObjects {
    /// The trees, and all that is below them.
    public private(set) var all: Set<ObjectID> = []

    private static let largestTree = 256 << 20

    /// None yet.
    public init() {}

    /// Adds a tree and what is below it; `found` is told of each object that was not known before, with its path in that tree.
    ///
    /// Throws for a tree that is there and cannot be read: nobody knows what that leads to.
    public mutating func add(
        _ tree: ObjectID, in store: borrowing ObjectStore,
        found: (_ object: ObjectID, _ path: [UInt8]) throws(GitError) -> Void = { _, _ in }
    ) throws(GitError) {
        var waiting: [(tree: ObjectID, path: [UInt8])] = []
        if all.insert(tree).inserted {
            try found(tree, [])
            waiting = [(tree, [])]
        }
        while let (tree, path) = waiting.popLast() {
            guard let content = try store.content(of: tree, atMost: Self.largestTree) else { continue }
            for entry in TreeEntry.entries(in: content) ?? [] {
                let kind = entry.mode & 0o170000
                guard kind != 0o160000, all.insert(entry.object).inserted else { continue }
                let inner = path.isEmpty ? entry.name : path + [UInt8(ascii: "/")] + entry.name
                try found(entry.object, inner)
                if kind == 0o040000 { waiting.append((entry.object, inner)) }
            }
        }
    }
}
