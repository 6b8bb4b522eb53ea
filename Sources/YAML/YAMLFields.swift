/// Reads a mapping key by key and remembers which keys were asked for, so that the others can be named at the end.
///
/// Every reading function answers nil when the key is absent or its value null, and also, after adding a problem, when
/// the value is not what was expected: write `fields.duration("settle") ?? .milliseconds(500)`.
public struct YAMLFields {
    /// The mapping itself, with its path and the place for complaints.
    public let item: YAMLItem

    private let mapping: YAMLMapping?
    /// The keys that were asked for so far: those that this mapping may have.
    public private(set) var asked: [String] = []

    init(mapping: YAMLMapping?, of item: YAMLItem) {
        self.mapping = mapping
        self.item = item
    }

    /// Reads a document that is a mapping, or nothing; nil, with a problem, when it is something else.
    public init?(_ document: YAMLNode, findings: YAMLFindings) {
        guard let fields = YAMLItem(document, keyPath: "", findings: findings).fields() else { return nil }
        self = fields
    }

    /// Where complaints go.
    public var findings: YAMLFindings { item.findings }

    /// The path of a key of this mapping.
    public func path(of key: String) -> String {
        item.keyPath.isEmpty ? key : "\(item.keyPath).\(key)"
    }

    /// The value of a key; nil when it is absent or null.
    public mutating func value(_ key: String) -> YAMLItem? {
        guard let value = present(key), !value.node.isNull else { return nil }
        return value
    }

    /// The value of a key, null included; nil only when it is absent.
    public mutating func present(_ key: String) -> YAMLItem? {
        asked.append(key)
        return mapping?[key].map { YAMLItem($0, keyPath: path(of: key), findings: findings) }
    }

    /// A text.
    public mutating func text(_ key: String) -> String? { value(key)?.text() }

    /// A text or any other scalar as it is written.
    public mutating func scalarText(_ key: String) -> String? { value(key)?.scalarText() }

    /// `true` or `false`.
    public mutating func bool(_ key: String) -> Bool? { value(key)?.bool() }

    /// A whole number within a range.
    public mutating func int(_ key: String, in range: ClosedRange<Int> = Int.min...Int.max) -> Int? {
        value(key)?.int(in: range)
    }

    /// An integer or float.
    public mutating func number(_ key: String) -> Double? { value(key)?.number() }

    /// A length of time such as `500ms` or `24h`.
    public mutating func duration(
        _ key: String, in range: ClosedRange<Duration> = .zero...maximumDuration
    ) -> Duration? {
        value(key)?.duration(in: range)
    }

    /// An amount of bytes such as `10MB`.
    public mutating func byteCount(_ key: String) -> ByteCount? { value(key)?.byteCount() }

    /// A share such as `80%`, from 0 to 1.
    public mutating func fraction(_ key: String) -> Double? { value(key)?.fraction() }

    /// One of an enumeration's raw values.
    public mutating func choice<T: CaseIterable & RawRepresentable<String>>(
        _ key: String, of type: T.Type = T.self
    ) -> T? {
        value(key)?.choice(type)
    }

    /// A list of texts, or a single one.
    public mutating func texts(_ key: String) -> [String]? { value(key)?.texts() }

    /// The elements of a list.
    public mutating func items(_ key: String) -> [YAMLItem]? { value(key)?.items() }

    /// A nested mapping; call `refuseOthers` or `keepOthers` on it when it has been read.
    public mutating func fields(_ key: String) -> YAMLFields? { value(key)?.fields() }

    /// Adds a problem for each key that nobody asked for, naming the nearest that somebody did.
    public func refuseOthers() {
        for entry in others {
            findings.refuse(
                "unknown key", at: entry.position, keyPath: path(of: entry.key),
                suggestion: nearestName(to: entry.key, among: asked))
        }
    }

    /// The entries that nobody asked for, each with a warning that names the nearest key that somebody did.
    public func keepOthers() -> [YAMLMapping.Entry] {
        for entry in others {
            findings.warn(
                "unknown key", at: entry.position, keyPath: path(of: entry.key),
                suggestion: nearestName(to: entry.key, among: asked))
        }
        return others
    }

    private var others: [YAMLMapping.Entry] {
        mapping?.entries.filter { !asked.contains($0.key) } ?? []
    }
}
