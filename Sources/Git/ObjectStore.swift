internal import CGit2
public import SystemPackage

/// Objects of git's, in packs and alone, read as they are.
public struct ObjectStore: ~Copyable {
    /// What an object is.
    public enum Kind: Hashable, Sendable {
        case commit
        case tree
        case blob
        case other
    }

    private let database: OpaquePointer

    /// Opens a folder of objects, such as `.git/objects`.
    public init(_ library: GitLibrary, objects: FilePath) throws(GitError) { try self.init(at: objects) }

    /// The objects of a repository that somebody keeps open.
    init(of repository: OpaquePointer) throws(GitError) {
        var pointer: OpaquePointer?
        try check("git_repository_odb") { git_repository_odb(&pointer, repository) }
        guard let pointer else { throw lastError("git_repository_odb", -1) }
        database = pointer
    }

    /// Opens a folder of objects when libgit2 has been started.
    init(at objects: FilePath) throws(GitError) {
        var pointer: OpaquePointer?
        try check("git_odb_open") { objects.withPlatformString { git_odb_open(&pointer, $0) } }
        guard let pointer else { throw lastError("git_odb_open", -1) }
        database = pointer
    }

    deinit { git_odb_free(database) }

    /// Looks also into another folder of objects; nothing is written there.
    public borrowing func add(objects: FilePath) throws(GitError) {
        let database = database
        try check("git_odb_add_disk_alternate") {
            objects.withPlatformString { git_odb_add_disk_alternate(database, $0) }
        }
    }

    /// What an object is, and how many bytes it has; nil when it is not here.
    public borrowing func header(of id: ObjectID) throws(GitError) -> (kind: Kind, size: Int)? {
        let database = database
        var (size, kind, object) = (0, GIT_OBJECT_INVALID, id.raw)
        let code = git_odb_read_header(&size, &kind, database, &object)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        guard code >= 0 else { throw lastError("git_odb_read_header", code) }
        return (Kind(kind), size)
    }

    /// The content of an object; nil when it is not here.
    ///
    /// Throws for one whose content is not what its name says, and for one of more bytes than the limit.
    public borrowing func content(of id: ObjectID, atMost limit: Int) throws(GitError) -> [UInt8]? {
        // Before it is read, which takes as much memory as it has bytes.
        guard let header = try header(of: id) else { return nil }
        guard header.size <= limit else {
            throw GitError(
                function: "git_odb_read", code: 0, message: "\(id) has \(header.size) bytes, more than \(limit)")
        }
        let database = database
        var (pointer, object): (OpaquePointer?, git_oid) = (nil, id.raw)
        try check("git_odb_read") { git_odb_read(&pointer, database, &object) }
        defer { git_odb_object_free(pointer) }
        guard let start = git_odb_object_data(pointer) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: git_odb_object_size(pointer)))
    }
}

extension ObjectStore.Kind {
    fileprivate init(_ kind: git_object_t) {
        self =
            switch kind {
            case GIT_OBJECT_COMMIT: .commit
            case GIT_OBJECT_TREE: .tree
            case GIT_OBJECT_BLOB: .blob
            default: .other
            }
    }
}
