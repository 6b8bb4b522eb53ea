internal import Trials

/// The names by which an experiment's metrics and steps are stored: daskperiment takes Python identifiers only.
///
/// A name that is one already, and not too long, keeps its spelling; any other gets the nearest identifier that is
/// still free, in order of first appearance. What was given once stays.
public struct StoredNames: Equatable, Sendable {
    /// What a name names; the two do not share their identifiers.
    public enum Kind: String, Hashable, Sendable, Codable {
        case metric
        case step
    }

    /// A name with the identifier that it is stored by.
    public struct Entry: Hashable, Sendable, Codable {
        /// What it names.
        public let kind: Kind
        /// The name as the run gives it.
        public let name: String
        /// The identifier.
        public let stored: String

        /// `name` is stored as `stored`.
        public init(kind: Kind, name: String, stored: String) {
            self.kind = kind
            self.name = name
            self.stored = stored
        }
    }

    /// The longest identifier, in UTF-8 bytes: file names are made of it.
    public static let longest = 80

    /// In order of first appearance.
    public private(set) var entries: [Entry] = []
    private var places: [Kind: [String: Int]] = [:]
    private var taken: [Kind: Set<String>] = [:]

    /// No name yet.
    public init() {}

    /// Takes over an entry that a store has kept; a name that has one already keeps it.
    public mutating func add(_ entry: Entry) {
        guard places[entry.kind]?[entry.name] == nil else { return }
        places[entry.kind, default: [:]][entry.name] = entries.count
        taken[entry.kind, default: []].insert(entry.stored)
        entries.append(entry)
    }

    /// The entry of a name; nil when it has none yet.
    public func entry(_ kind: Kind, _ name: String) -> Entry? {
        places[kind]?[name].map { entries[$0] }
    }

    /// The place among `entries` of a name; nil when it has none yet.
    public func place(_ kind: Kind, _ name: String) -> Int? { places[kind]?[name] }

    /// The entry of a name, made now if it has none.
    public mutating func assign(_ kind: Kind, _ name: String) -> Entry {
        if let known = entry(kind, name) { return known }
        let nearest = Identifier.nearest(to: name, longest: Self.longest)
        var stored = nearest
        var count = 1
        while taken[kind]?.contains(stored) == true {
            count += 1
            let suffix = "_\(count)"
            stored = Identifier.nearest(to: nearest, longest: Self.longest - suffix.utf8.count) + suffix
        }
        let entry = Entry(kind: kind, name: name, stored: stored)
        add(entry)
        return entry
    }

    /// The original name of an identifier; nil when none is stored by it.
    public func name(_ kind: Kind, storedAs stored: String) -> String? {
        entries.first { $0.kind == kind && $0.stored == stored }?.name
    }
}
