/// A file that a run read or wrote, as it was when it was looked at.
public struct ArtifactFacts: Hashable, Sendable, Codable {
    /// The path below the project's folder; a file outside it has its whole path.
    public var path: String
    /// What the marker calls it.
    public var name: String?
    /// Bytes; nil where only a pointer to the content was there and does not tell.
    public var size: Int?
    /// When its content last changed; of content that is not here, when its pointer did.
    public var modified: Timestamp
    /// SHA-256 of its content, 64 hexadecimal digits; nil where the content is not here or could not be hashed.
    public var sha256: String?
    /// What a tool that keeps large files elsewhere says of the content.
    public var pointer: DataPointer?

    /// The file at `path`.
    public init(
        path: String, name: String? = nil, size: Int?, modified: Timestamp, sha256: String? = nil,
        pointer: DataPointer? = nil
    ) {
        self.path = path
        self.name = name
        self.size = size
        self.modified = modified
        self.sha256 = sha256
        self.pointer = pointer
    }
}

/// What a tool that keeps large files elsewhere knows content by.
public struct DataPointer: Hashable, Sendable, Codable {
    /// The tool.
    public enum Tool: String, Hashable, Sendable, Codable {
        case dvc = "DVC"
        case annex = "git-annex"
    }

    /// Whose pointer it is.
    public var tool: Tool
    /// How the digest is made: `md5`, `sha256`; DVC's `md5-dos2unix` is MD5 of a text with its line ends made Unix's.
    public var algorithm: String
    /// The digest as the tool writes it, which for a folder in DVC ends in `.dir`.
    public var digest: String

    /// Content by its digest.
    public init(_ tool: Tool, algorithm: String, digest: String) {
        self.tool = tool
        self.algorithm = algorithm
        self.digest = digest
    }
}

extension KeyedDecodingContainer {
    /// No files where the key is missing: records written before it was there are read, too.
    func decode(_ type: [ArtifactFacts].Type, forKey key: Key) throws -> [ArtifactFacts] {
        try decodeIfPresent(type, forKey: key) ?? []
    }
}
