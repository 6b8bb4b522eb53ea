/// The lines of one file of ignore rules: the last one that means an entry decides.
public struct IgnoreList: Hashable, Sendable {
    /// The lines that say something, in their order.
    public private(set) var patterns: [IgnorePattern]
    /// How many bytes of a path are the folder that the rules are seen from, its slash included.
    let base: Int

    /// Rules seen from the root.
    public init(_ patterns: [IgnorePattern] = []) { self.init(patterns, base: 0) }

    init(_ patterns: [IgnorePattern], base: Int) {
        self.patterns = patterns
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
        if patterns.isEmpty { return nil }
        let seen = UnsafeBufferPointer(rebasing: path[base...])
        return patterns.withUnsafeBufferPointer { patterns in
            for place in patterns.indices.reversed()
            where patterns[place].matches(seen, nameStart: nameStart - base, isFolder: isFolder) {
                return !patterns[place].isNegated
            }
            return nil
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
    func rebased(_ base: Int) -> IgnoreList { IgnoreList(list.patterns, base: base) }
}
