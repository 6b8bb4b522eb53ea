public import SystemPackage

/// Which folders a project's entry means: one, or each that a pattern matches.
public struct ProjectPath: Sendable, Hashable {
    /// The one folder, absolute; nil for a pattern.
    public let exact: FilePath?
    /// The folder, or the pattern, absolute.
    public let text: String

    private let literal: [String]
    private let patterns: [GlobPattern]

    /// One folder, or with `*`, `?` or `[…]` in a component each folder that matches; the path must be absolute.
    public init(_ path: FilePath) throws(GlobError) {
        guard path.isAbsolute else { throw GlobError(message: "expected an absolute path") }
        text = path.string
        guard !path.components.isEmpty else {
            throw GlobError(message: "the whole file system is no project; name a folder")
        }
        let (literal, patterns) = try PathPattern(path.string).split
        self.literal = literal
        self.patterns = patterns.compactMap { $0 }
        guard patterns.count == self.patterns.count else {
            throw GlobError(message: "** would make a project of every folder in a project; use * for one level")
        }
        var exact = FilePath("/")
        for name in literal { exact.append(name) }
        self.exact = patterns.isEmpty ? exact : nil
    }

    /// The folder of one name below the root.
    init(folder name: String) {
        exact = FilePath("/").appending(name)
        text = "/\(name)"
        literal = [name]
        patterns = []
    }

    /// The deepest folder without a wildcard: where the folders that match are looked for.
    public var start: FilePath {
        literal.reduce(into: FilePath("/")) { $0.append($1) }
    }

    /// How many levels below `start` the folders are that match; 0 for an exact path.
    public var levels: Int { patterns.count }

    /// Whether a folder, given by its absolute path, is meant.
    public func matches(_ folder: FilePath) -> Bool {
        let components = folder.components.map(\.string)
        guard components.count == literal.count + patterns.count, components.starts(with: literal) else { return false }
        return zip(components.dropFirst(literal.count), patterns.indices).allSatisfy { matches($0, level: $1) }
    }

    /// Whether a folder's name is meant at a level below `start`. As in a shell, `*` does not mean hidden folders.
    public func matches(_ name: String, level: Int) -> Bool {
        guard patterns.indices.contains(level) else { return false }
        let pattern = patterns[level]
        return pattern.matches(name) && (!name.hasPrefix(".") || pattern.text.hasPrefix("."))
    }
}
