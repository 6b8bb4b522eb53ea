/// The lines of one file of ignore rules: the last one that means an entry decides.
public struct IgnoreList: Hashable, Sendable {
    /// The lines that say something, in their order.
    private let lines: [IgnorePattern.Line]
    /// Their texts, one behind the other: those of lines apart would be retained and released for each of thousands of names, by
    /// two threads at once.
    private let texts: [UInt8]
    /// How many bytes of a path are the folder that the rules are seen from, its slash included.
    let base: Int

    /// Rules seen from the root.
    public init(_ patterns: [IgnorePattern] = []) { self.init(patterns, base: 0) }

    init(_ patterns: [IgnorePattern], base: Int) {
        var (lines, texts): ([IgnorePattern.Line], [UInt8]) = ([], [])
        for pattern in patterns {
            lines.append(pattern.line(at: texts.count))
            texts += pattern.text
        }
        (self.lines, self.texts, self.base) = (lines, texts, base)
    }

    /// The same rules, seen from another folder.
    init(_ list: IgnoreList, base: Int) {
        (lines, texts) = (list.lines, list.texts)
        self.base = base
    }

    /// The rules that a file holds.
    init(file bytes: [UInt8], base: Int) {
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        self.init(
            text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true).compactMap { IgnorePattern($0) },
            base: base)
    }

    /// Whether an entry is ignored; nil when no rule means it. The last name of the path begins at `nameStart`.
    func answer(_ path: UnsafeBufferPointer<UInt8>, nameStart: Int, isFolder: Bool) -> Bool? {
        if lines.isEmpty { return nil }
        let seen = UnsafeBufferPointer(rebasing: path[base...])
        return texts.withUnsafeBufferPointer { texts in
            lines.withUnsafeBufferPointer { lines in
                for place in lines.indices.reversed()
                where lines[place].matches(seen, nameStart: nameStart - base, isFolder: isFolder, in: texts) {
                    return !lines[place].isNegated
                }
                return nil
            }
        }
    }
}

/// The rules of all files that speak of a folder's entries, the nearest first; the first file with a rule that means an entry
/// decides.
final class IgnoreStack: Sendable {
    private let list: IgnoreList
    private let outer: IgnoreStack?

    init(_ list: IgnoreList, outer: IgnoreStack?) {
        self.list = list
        self.outer = outer
    }

    func ignores(_ path: UnsafeBufferPointer<UInt8>, nameStart: Int, isFolder: Bool) -> Bool {
        if let answer = list.answer(path, nameStart: nameStart, isFolder: isFolder) { return answer }
        return outer?.ignores(path, nameStart: nameStart, isFolder: isFolder) ?? false
    }
}

extension IgnoreStack {
    /// The rules of its first file, seen from another folder.
    func rebased(_ base: Int) -> IgnoreList { IgnoreList(list, base: base) }
}
