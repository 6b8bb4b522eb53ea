internal import Git
public import SystemPackage

/// What is neither watched nor taken into snapshots, in the syntax of gitignore(5); the last rule that matches decides.
public struct IgnoreRules: Sendable, Hashable {
    /// One line.
    public struct Rule: Sendable, Hashable {
        /// The line as written.
        public let text: String

        /// As git compares it.
        let pattern: IgnorePattern
        /// What every name begins with that is meant; nil where that may be anything.
        fileprivate let firstByte: UInt8?
        fileprivate var isNegated: Bool { pattern.isNegated }

        /// Nil for a blank line or a comment; throws when the line is no pattern.
        public init?(_ line: String) throws(GlobError) {
            guard let pattern = IgnorePattern(line.utf8) else { return nil }
            // git takes anything for a pattern, and one that is none means nothing.
            var text = line[...]
            while text.hasSuffix(" "), !text.hasSuffix("\\ ") { text.removeLast() }
            if text.hasPrefix("!") { text.removeFirst() }
            if text.hasSuffix("/") { text.removeLast() }
            firstByte = try PathPattern(String(text)).firstByteOfName
            self.pattern = pattern
            self.text = line
        }

        /// One folder, by its path relative to the project; nil for the project's own folder.
        init?(folder path: FilePath) {
            let escaped = path.string.flatMap { "\\*?[!# ".contains($0) ? "\\\($0)" : "\($0)" }
            guard !path.isEmpty, let rule = (try? Self("/\(String(escaped))/")).flatMap(\.self) else { return nil }
            self = rule
        }
    }

    /// The rules, the built-in ones first.
    public private(set) var rules: [Rule]
    /// Whether a rule may mean a name that begins with this byte: a walk asks for every entry, and few are meant.
    private var mayMean: [Bool]

    /// The built-in rules with more behind them, which may also take one back (`!venv/`).
    public init(adding rules: [Rule] = []) {
        self.rules = IgnoreRules.builtIn + rules
        mayMean = Array(repeating: false, count: 256)
        for rule in self.rules { note(rule) }
    }

    /// These rules and one more, which decides before them.
    public func adding(_ rule: Rule) -> IgnoreRules {
        var more = self
        more.rules.append(rule)
        more.note(rule)
        return more
    }

    private mutating func note(_ rule: Rule) {
        if let byte = rule.firstByte { mayMean[Int(byte)] = true } else { mayMean = Array(repeating: true, count: 256) }
    }

    /// Whether a walk that has come to this entry passes it over. The path is relative to the project.
    public func ignoresEntry(_ path: FilePath, isDirectory: Bool) -> Bool {
        // ".git" begins with the byte of a built-in rule.
        guard let byte = path.lastComponent?.string.utf8.first, mayMean[Int(byte)] else { return false }
        return ignores(path.components.map(\.string), isDirectory: isDirectory)
    }

    /// Whether a walk would never come to this path: it or a folder above it is passed over.
    ///
    /// The path is relative to the project.
    public func ignores(_ path: FilePath, isDirectory: Bool) -> Bool {
        let components = path.components.map(\.string)
        return components.indices.contains { end in
            ignores(Array(components[...end]), isDirectory: end < components.count - 1 || isDirectory)
        }
    }

    private func ignores(_ components: [String], isDirectory: Bool) -> Bool {
        // Git's own folder changes with every command, and nobody runs anything in it.
        if components.last == ".git" { return true }
        let path = Array(components.joined(separator: "/").utf8)
        return rules.last { $0.pattern.matches(path, isFolder: isDirectory) }.map { !$0.isNegated } ?? false
    }

    /// Whether a folder with an entry of this name is a Python environment, whatever the folder is called.
    ///
    /// `pyvenv.cfg` is PEP 405's mark, `conda-meta` conda's.
    public static func marksEnvironment(_ name: FilePath.Component) -> Bool {
        environmentMarks.contains(name)
    }

    /// The built-in rules as a walk over a work tree takes them.
    static let passedOver = builtIn.map(\.pattern)

    /// The rules behind the built-in ones, as written.
    var added: [String] { rules.dropFirst(Self.builtIn.count).map(\.text) }

    static let environmentMarks: [FilePath.Component] = ["pyvenv.cfg", "conda-meta"]

    /// Folders that are large, change often, and hold no runs.
    public static let builtIn: [Rule] = [
        ".git/", ".hg/", ".svn/", ".jj/",
        ".venv/", "venv/", "site-packages/", "node_modules/", "__pycache__/",
        ".ipynb_checkpoints/", ".mypy_cache/", ".pytest_cache/", ".ruff_cache/", ".tox/", ".nox/", ".eggs/",
        ".dvc/cache/", ".dvc/tmp/", ".Trash-*/",
        "**/.conda/pkgs/", "**/anaconda*/pkgs/", "**/miniconda*/pkgs/", "**/miniforge*/pkgs/", "**/mambaforge*/pkgs/",
        "**/micromamba/pkgs/",
    ].compactMap { try? Rule($0) }
}
