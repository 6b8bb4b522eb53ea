/// How much a document may ask of its reader.
public struct YAMLLimits: Sendable {
    /// The most bytes.
    public var bytes: Int
    /// The most levels of nested lists and mappings; libyaml's time is quadratic in them.
    public var depth: Int
    /// The most scalars, lists and mappings together, keys included.
    public var nodes: Int

    /// Limits of one's own.
    public init(bytes: Int = 1 << 20, depth: Int = 32, nodes: Int = 100_000) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
    }

    /// 1 MiB, 32 levels, 100,000 nodes.
    public static let standard = YAMLLimits()
}
