public import SystemPackage

/// A pattern for a path: one `GlobPattern` a component, and `**` for any number of components.
///
/// At the end `**` stands for at least one component, as in `.gitignore`: `data/**` is what lies in `data`.
public struct PathPattern: Sendable, Hashable {
    /// The pattern as written.
    public let text: String

    private let segments: [Segment]

    private enum Segment: Sendable, Hashable {
        case name(GlobPattern)
        case anyDirectories
    }

    /// Throws when a component is no pattern. Leading, trailing and doubled slashes say nothing here.
    public init(_ text: String) throws(GlobError) {
        var segments: [Segment] = []
        for part in text.split(separator: "/") {
            if part != "**" {
                segments.append(.name(try GlobPattern(String(part))))
            } else if segments.last != .anyDirectories {
                segments.append(.anyDirectories)
            }
        }
        guard !segments.isEmpty else { throw GlobError(message: "an empty pattern matches nothing") }
        self.text = text
        self.segments = segments
    }

    /// The pattern that means one path and no other.
    static func escaping(_ path: String) -> String {
        String(path.flatMap { "\\*?[".contains($0) ? "\\\($0)" : "\($0)" })
    }

    /// The path that it stands for when it has no wildcards, relative to wherever it is used.
    public var literal: FilePath? {
        var path = FilePath()
        for segment in segments {
            guard case .name(let name) = segment, let text = name.literal,
                let component = FilePath.Component(text)
            else { return nil }
            path.append(component)
        }
        return path
    }

    /// The components before the first wildcard, and the patterns of those behind it, one a component; nil for `**`.
    var split: (literal: [String], patterns: [GlobPattern?]) {
        let names = segments.prefix { if case .name(let name) = $0 { name.isLiteral } else { false } }
        let literal = names.compactMap { if case .name(let name) = $0 { name.literal } else { nil } }
        let patterns = segments.dropFirst(names.count).map { segment -> GlobPattern? in
            if case .name(let name) = segment { name } else { nil }
        }
        return (literal, patterns)
    }

    /// What the last component of every path begins with that it matches; nil where that may be anything.
    var firstByteOfName: UInt8? {
        if case .name(let pattern) = segments.last { pattern.firstByte } else { nil }
    }

    /// Whether it matches a whole path, both seen from the same folder.
    public func matches(_ path: FilePath) -> Bool {
        matches(path.components.map(\.string))
    }

    /// Whether it matches a whole path given by its components.
    public func matches(_ components: [String]) -> Bool {
        var place = 0
        var segment = 0
        var star: (segment: Int, place: Int)?
        while place < components.count {
            if segment < segments.count, case .anyDirectories = segments[segment] {
                if segment == segments.count - 1 { return true }
                star = (segment + 1, place)
                segment += 1
            } else if segment < segments.count, case .name(let name) = segments[segment],
                name.matches(components[place])
            {
                segment += 1
                place += 1
            } else if let (next, taken) = star {
                segment = next
                place = taken + 1
                star = (next, place)
            } else {
                return false
            }
        }
        return segment == segments.count
    }
}
