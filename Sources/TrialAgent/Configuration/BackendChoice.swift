public import SystemPackage
public import YAML

/// A store that the configuration speaks of: its name, and the settings that only the backend itself understands.
public struct BackendChoice: Sendable, Equatable {
    /// How the store is described.
    public enum Source: Sendable, Equatable {
        /// By its address.
        case uri(ConcealedText)
        /// By a mapping of settings; null when there are none and the backend's defaults hold.
        case settings(YAMLNode)
    }

    /// The name under which spool, status and records know the store; never a URI.
    public internal(set) var name: String
    /// The kind of store: `local`, `redis`, `mongodb`.
    public let kind: String
    /// Where it is.
    public let source: Source
    /// Where relative paths in the settings begin; for a store of a project's own, the project's folder.
    public internal(set) var base: FilePath
    /// Where it is written.
    public let origin: ConfigurationOrigin
    /// Whether it is written inside a project's entry, so that each project has one.
    public let belongsToProject: Bool

    /// The settings for reading, with problems named by file, line and key path; nil when they are no mapping, after
    /// adding that problem, and when the store is given by a URI.
    public func fields(_ findings: YAMLFindings) -> YAMLFields? {
        guard case .settings(let node) = source else { return nil }
        return YAMLItem(node, keyPath: "\(origin.keyPath).\(kind)", findings: findings).fields()
    }

    /// Whether both are written so that they mean one store, wherever they stand.
    func isSame(as other: BackendChoice) -> Bool {
        guard name == other.name, kind == other.kind, base == other.base else { return false }
        switch (source, other.source) {
        case (.uri(let address), .uri(let another)): return address.revealed == another.revealed
        // What a credential holds is not known here, and may have changed.
        case (.settings(let node), .settings(let another)): return node.isSame(as: another) && !node.hasCredential
        case (.uri, .settings), (.settings, .uri): return false
        }
    }

    /// The store of an address that a command line gives; nil when no kind has addresses like this.
    public static func address(_ text: String, of kinds: some BackendKinds, base: FilePath) -> BackendChoice? {
        guard let end = text.firstRange(of: "://"),
            let kind = kinds.kind(ofScheme: text[..<end.lowerBound].lowercased())
        else { return nil }
        return BackendChoice(
            name: name(kind: kind, address: String(text[end.upperBound...])), kind: kind,
            source: .uri(ConcealedText(revealed: text, written: text)), base: base,
            origin: ConfigurationOrigin(file: "--backend", position: .start, keyPath: "uri"), belongsToProject: false)
    }

    /// Local files where the backend keeps them unasked: what holds when the configuration names no backend.
    static func standard(_ origin: ConfigurationOrigin, base: FilePath) -> BackendChoice {
        BackendChoice(
            name: "local", kind: "local", source: .settings(YAMLNode(.null)), base: base, origin: origin,
            belongsToProject: false)
    }
}

/// Where in which file something is written.
public struct ConfigurationOrigin: Sendable, Hashable {
    /// The file.
    public let file: FilePath
    /// The place in it.
    public let position: YAMLPosition
    /// The way to it: `projects[0].backend`.
    public let keyPath: String

    /// A place.
    public init(file: FilePath, position: YAMLPosition, keyPath: String) {
        self.file = file
        self.position = position
        self.keyPath = keyPath
    }
}

/// The kinds of store that this program has; the composition root knows them.
///
/// A backend's settings are its own: it reads them with `BackendChoice.fields`, expands paths with the expansion that it
/// is given, and ends with `refuseOthers()`.
public protocol BackendKinds: Sendable {
    /// The kinds' names, as they are written in `{local: {…}}`.
    var names: [String] { get }

    /// The kind whose addresses begin with `scheme://`; nil when there is none.
    func kind(ofScheme scheme: String) -> String?

    /// Adds a problem for everything that is wrong with a store's settings or address. Does not connect.
    func check(_ choice: BackendChoice, _ expansion: TextExpansion, _ findings: YAMLFindings)
}

extension YAMLNode {
    /// Whether both hold the same, wherever they stand.
    fileprivate func isSame(as other: YAMLNode) -> Bool {
        switch (value, other.value) {
        case (.sequence(let all), .sequence(let others)):
            all.count == others.count && zip(all, others).allSatisfy { $0.isSame(as: $1) }
        case (.mapping(let all), .mapping(let others)):
            all.entries.count == others.entries.count
                && zip(all.entries, others.entries).allSatisfy { $0.key == $1.key && $0.value.isSame(as: $1.value) }
        default: value == other.value
        }
    }

    fileprivate var hasCredential: Bool {
        switch value {
        case .text(let text): text.contains("${credential:")
        case .sequence(let all): all.contains { $0.hasCredential }
        case .mapping(let mapping): mapping.entries.contains { $0.value.hasCredential }
        case .null, .bool, .integer, .float: false
        }
    }
}
