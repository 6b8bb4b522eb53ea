/// A file of a run's code, as it was when it was looked at.
public struct SourceFile: Hashable, Sendable, Codable {
    /// Its path below the project; bytes that are no UTF-8 are shown as U+FFFD.
    public var path: String
    /// Bytes: of its content, or, of a notebook, of the code of its cells.
    public var size: Int
    /// SHA-256 of the same, 64 hexadecimal digits.
    public var sha256: String

    /// The file at `path`.
    public init(path: String, size: Int, sha256: String) {
        self.path = path
        self.size = size
        self.sha256 = sha256
    }
}

/// A run's code and its project's lockfiles as they were at the run's end: what differs from its capture changed while it ran.
public struct SourcesLook: Hashable, Sendable, Codable {
    /// The code; nil when it was not looked at.
    public var code: [SourceFile]?
    /// The lockfiles; nil when they were not looked at.
    public var lockfiles: [SourceFile]?
    /// Why something was not looked at, each as a sentence for the user.
    public var problems: [String] = []

    /// Nothing looked at.
    public init() {}

    /// What is to be said of a run whose code and lockfiles were these when it began; of what was not looked at then, nothing.
    public func notices(since code: [SourceFile]?, lockfiles: [ArtifactFacts]) -> [Notice] {
        let hashed = lockfiles.compactMap { file in
            file.sha256.map { SourceFile(path: file.path, size: file.size ?? 0, sha256: $0) }
        }
        var (changed, removed, added): ([String], [String], [String]) = ([], [], [])
        for (before, now) in [(code, self.code), (hashed, self.lockfiles)] {
            guard let before, let now else { continue }
            let old = Dictionary(before.map { ($0.path, $0) }) { first, _ in first }
            let new = Dictionary(now.map { ($0.path, $0) }) { first, _ in first }
            changed += before.filter { file in new[file.path].map { $0 != file } ?? false }.map(\.path)
            removed += before.map(\.path).filter { new[$0] == nil }
            added += now.map(\.path).filter { old[$0] == nil }
        }
        let told = [("changed", changed), ("removed", removed), ("added", added)].compactMap { what, paths in
            paths.isEmpty ? nil : Notice("\(what) while it ran: \(Self.list(paths))")
        }
        return told + problems.map { Notice($0) }
    }

    private static func list(_ paths: [String]) -> String {
        let named = paths.prefix(8).joined(separator: ", ")
        return paths.count > 8 ? "\(named) and \(paths.count - 8) more" : named
    }
}
