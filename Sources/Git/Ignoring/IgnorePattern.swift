/// One line of a `.gitignore`, compared with paths as git does (gitignore(5)), byte for byte.
public struct IgnorePattern: Hashable, Sendable {
    /// Whether it takes back what an earlier one ignores.
    public let isNegated: Bool
    /// Whether only folders are meant.
    public let isForFolders: Bool

    /// How it is compared: most lines of most files are a name or an ending.
    private enum Comparison: Hashable, Sendable {
        case name(ArraySlice<UInt8>)
        case ending(ArraySlice<UInt8>)
        case namePattern(ArraySlice<UInt8>)
        /// From the folder of the file on: what comes before the first wildcard, and the rest.
        case path(literal: ArraySlice<UInt8>, rest: ArraySlice<UInt8>)
    }

    private let comparison: Comparison

    /// Nil for a blank line or a comment.
    public init?(_ line: some Sequence<UInt8>) {
        let text = Self.trimmed(Array(line))
        guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
        isNegated = first == UInt8(ascii: "!")
        var pattern = isNegated ? text[1...] : text[...]
        isForFolders = pattern.last == UInt8(ascii: "/")
        if isForFolders { pattern.removeLast() }
        if pattern.contains(UInt8(ascii: "/")) {
            if pattern.first == UInt8(ascii: "/") { pattern.removeFirst() }
            // git compares what is before the first wildcard by itself, which makes "a**/b" begin with "**/" behind the "a".
            let literal = pattern.prefix { !Self.isSpecial($0) }
            comparison = .path(literal: literal, rest: pattern[literal.endIndex...])
        } else {
            comparison = Self.comparison(ofName: pattern)
        }
    }

    /// A pattern for names alone, whatever it begins and ends with.
    public init(name pattern: some Sequence<UInt8>) {
        isNegated = false
        isForFolders = false
        comparison = Self.comparison(ofName: Array(pattern)[...])
    }

    private static func comparison(ofName pattern: ArraySlice<UInt8>) -> Comparison {
        if !pattern.contains(where: isSpecial) { return .name(pattern) }
        if pattern.first == UInt8(ascii: "*"), !pattern.dropFirst().contains(where: isSpecial) {
            return .ending(pattern.dropFirst())
        }
        return .namePattern(pattern)
    }

    /// Without what git does not read: a carriage return and spaces at the end, and all behind a zero.
    private static func trimmed(_ line: [UInt8]) -> [UInt8] {
        var line = Array(line.prefix { $0 != 0 })
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        var end: Int?
        var place = 0
        while place < line.count {
            switch line[place] {
            case UInt8(ascii: " "): end = end ?? place
            case UInt8(ascii: "\\"):
                place += 1
                if place == line.count { return line }
                end = nil
            default: end = nil
            }
            place += 1
        }
        if let end { line.removeSubrange(end...) }
        return line
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
            || byte == UInt8(ascii: "\\")
    }

    /// Whether it means an entry: its path from the folder of the pattern's file on, whose last name begins at `nameStart`.
    func matches(_ path: UnsafeBufferPointer<UInt8>, nameStart: Int, isFolder: Bool) -> Bool {
        if isForFolders, !isFolder { return false }
        let name = UnsafeBufferPointer(rebasing: path[nameStart...])
        switch comparison {
        case .name(let wanted): return wanted.count == name.count && wanted.elementsEqual(name)
        case .ending(let ending):
            guard name.count >= ending.count, ending.isEmpty || name[name.count - 1] == ending[ending.endIndex - 1]
            else { return false }
            return ending.elementsEqual(name[(name.count - ending.count)...])
        case .namePattern(let pattern): return Wildmatch.matches(pattern, name, isPath: false)
        case .path(let literal, let rest):
            guard path.count >= literal.count, path[..<literal.count].elementsEqual(literal) else { return false }
            if rest.isEmpty { return path.count == literal.count }
            return Wildmatch.matches(rest, UnsafeBufferPointer(rebasing: path[literal.count...]), isPath: true)
        }
    }

    /// Whether it means an entry, by its path from the folder of the pattern's file on.
    public func matches(_ path: some Collection<UInt8>, isFolder: Bool) -> Bool {
        Array(path).withUnsafeBufferPointer { path in
            let slash = path.lastIndex(of: UInt8(ascii: "/"))
            return matches(path, nameStart: slash.map { $0 + 1 } ?? 0, isFolder: isFolder)
        }
    }
}
