/// One line of a `.gitignore`, compared with paths as git does (gitignore(5)), byte for byte.
public struct IgnorePattern: Hashable, Sendable {
    /// Whether it takes back what an earlier one ignores.
    public let isNegated: Bool
    /// Whether only folders are meant.
    public let isForFolders: Bool

    /// How it is compared: most lines of most files are a name or an ending.
    enum Comparison: Hashable, Sendable {
        case name, ending, namePattern
        /// From the folder of the file on: what comes before the first wildcard, and the rest.
        case path
    }

    /// A pattern whose text is among others.
    struct Line: Hashable, Sendable, BitwiseCopyable {
        let isNegated: Bool
        let isForFolders: Bool
        let comparison: Comparison
        let start: Int
        let count: Int
        let literal: Int
    }

    private let comparison: Comparison
    let text: [UInt8]
    /// How many bytes of the text of a path come before the first wildcard.
    private let literal: Int

    /// Nil for a blank line or a comment.
    public init?(_ line: some Sequence<UInt8>) {
        let line = Self.trimmed(Array(line))
        guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
        isNegated = first == UInt8(ascii: "!")
        var pattern = isNegated ? line[1...] : line[...]
        isForFolders = pattern.last == UInt8(ascii: "/")
        if isForFolders { pattern.removeLast() }
        if pattern.contains(UInt8(ascii: "/")) {
            if pattern.first == UInt8(ascii: "/") { pattern.removeFirst() }
            // git compares what is before the first wildcard by itself, which makes "a**/b" begin with "**/" behind the "a".
            literal = pattern.prefix { !Self.isSpecial($0) }.count
            (comparison, self.text) = (.path, Array(pattern))
        } else {
            literal = 0
            (comparison, self.text) = Self.comparison(ofName: pattern)
        }
    }

    /// A pattern for names alone, whatever it begins and ends with.
    public init(name pattern: some Sequence<UInt8>) {
        isNegated = false
        isForFolders = false
        literal = 0
        (comparison, text) = Self.comparison(ofName: Array(pattern)[...])
    }

    private static func comparison(ofName pattern: ArraySlice<UInt8>) -> (Comparison, [UInt8]) {
        if !pattern.contains(where: isSpecial) { return (.name, Array(pattern)) }
        if pattern.first == UInt8(ascii: "*"), !pattern.dropFirst().contains(where: isSpecial) {
            return (.ending, Array(pattern.dropFirst()))
        }
        return (.namePattern, Array(pattern))
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

    /// The pattern, when its text begins at a place among others.
    func line(at start: Int) -> Line {
        Line(
            isNegated: isNegated, isForFolders: isForFolders, comparison: comparison, start: start, count: text.count,
            literal: literal)
    }

    /// Whether it means an entry, by its path from the folder of the pattern's file on.
    public func matches(_ path: some Collection<UInt8>, isFolder: Bool) -> Bool {
        Array(path).withUnsafeBufferPointer { path in
            let slash = path.lastIndex(of: UInt8(ascii: "/"))
            return text.withUnsafeBufferPointer { text in
                line(at: 0).matches(path, nameStart: slash.map { $0 + 1 } ?? 0, isFolder: isFolder, in: text)
            }
        }
    }
}

extension IgnorePattern.Line {
    /// Whether it means an entry: its path from the folder of the pattern's file on, whose last name begins at `nameStart`. Its
    /// text is among `texts`.
    func matches(
        _ path: UnsafeBufferPointer<UInt8>, nameStart: Int, isFolder: Bool, in texts: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        if isForFolders, !isFolder { return false }
        let text = UnsafeBufferPointer(rebasing: texts[start..<start + count])
        let name = UnsafeBufferPointer(rebasing: path[nameStart...])
        switch comparison {
        case .name: return text.count == name.count && text.elementsEqual(name)
        case .ending:
            guard name.count >= text.count, text.isEmpty || name[name.count - 1] == text[text.count - 1]
            else { return false }
            return text.elementsEqual(name[(name.count - text.count)...])
        case .namePattern: return Wildmatch.matches(text, name, isPath: false)
        case .path:
            guard path.count >= literal, text[..<literal].elementsEqual(path[..<literal]) else { return false }
            if literal == text.count { return path.count == literal }
            return Wildmatch.matches(
                UnsafeBufferPointer(rebasing: text[literal...]), UnsafeBufferPointer(rebasing: path[literal...]),
                isPath: true)
        }
    }
}
