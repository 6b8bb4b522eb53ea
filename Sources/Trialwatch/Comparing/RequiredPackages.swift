internal import JSON

/// The packages that a requirements text names, each with its version.
struct RequiredPackages {
    /// By the name as it is written; a version, or where the package comes from.
    let packages: [(name: String, version: String)]

    /// Reads lines as `pip freeze` writes them; those that name no package are passed over.
    init(_ text: String) {
        packages = text.split(whereSeparator: \.isNewline).compactMap { line in
            let line = String(line)
            if line.isEmpty || line.hasPrefix("#") { return nil }
            if line.hasPrefix("-e ") { return Self.editable(String(line.dropFirst(3))) }
            for separator in ["===", "==", " @ "] {
                if let (name, version) = Self.cut(line, at: separator) { return (name, version) }
            }
            return (line, "")
        }
    }

    /// What differs between two texts: added, removed, and changed with both versions.
    ///
    /// Names are compared as PEP 503 says: `Foo.Bar` is `foo-bar`.
    static func changes(_ before: String, _ after: String) -> [FieldChange] {
        let (old, new) = (RequiredPackages(before).packages, RequiredPackages(after).packages)
        let names = Dictionary((new + old).map { (normal($0.name), $0.name) }) { first, _ in first }
        let changes = FieldChange.between(
            old.map { (normal($0.name), .string($0.version)) }, new.map { (normal($0.name), .string($0.version)) })
        return changes.map { FieldChange(name: names[$0.name] ?? $0.name, before: $0.before, after: $0.after) }
            .sorted { normal($0.name) < normal($1.name) }
    }

    static func normal(_ name: String) -> String {
        name.lowercased().split { "-_.".contains($0) }.joined(separator: "-")
    }

    /// `git+https://…@commit#egg=name`
    private static func editable(_ address: String) -> (String, String) {
        guard let (place, name) = cut(address, at: "#egg=") else { return (address, "editable") }
        return (String(name.prefix { $0 != "&" }), place)
    }

    private static func cut(_ text: String, at separator: String) -> (String, String)? {
        let (text, separator) = (Array(text.utf8), Array(separator.utf8))
        guard text.count > separator.count else { return nil }
        for start in 1...(text.count - separator.count) where text[start...].starts(with: separator) {
            return (
                String(decoding: text[..<start], as: UTF8.self),
                String(decoding: text[(start + separator.count)...], as: UTF8.self)
            )
        }
        return nil
    }
}
