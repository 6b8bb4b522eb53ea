internal import Git

/// Files that hold secrets, by their names or by what is in them.
enum SecretFiles {
    /// Names of files that never leave the project, whatever is in them.
    static let names = [
        ".env", "*.pem", "id_rsa", "id_dsa", "id_ecdsa*", "id_ed25519*", ".netrc", "credentials*",
    ]

    /// The same as rules.
    static let patterns = names.map { IgnorePattern(name: $0.utf8) }

    /// Endings of sources, in which a secret is one only as a literal.
    private static let sources: Set<String> = [
        "py", "pyx", "pyi", "ipynb", "r", "jl", "sh", "c", "cc", "cpp", "cu", "h", "hpp", "rs", "go", "js", "ts",
        "java",
        "scala", "swift", "lua", "m",
    ]

    /// What is left of a text without its secrets; nil when it has none.
    static func scrubbed(_ text: [UInt8], path: [UInt8]) -> [UInt8]? {
        let name = path.suffix(while: { $0 != UInt8(ascii: "/") })
        let ending = name.lastIndex(of: UInt8(ascii: ".")).map { name[($0 + 1)...] } ?? []
        let isSource = sources.contains(String(decoding: ending, as: UTF8.self).lowercased())
        var scrubber = Scrubber()
        let clean = scrubber.scrub(text, as: isSource ? .code : .text)
        return scrubber.total > 0 ? clean : nil
    }
}

extension BidirectionalCollection {
    fileprivate func suffix(while isWanted: (Element) -> Bool) -> SubSequence {
        let start = lastIndex { !isWanted($0) }.map { index(after: $0) } ?? startIndex
        return self[start...]
    }
}
