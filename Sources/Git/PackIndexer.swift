internal import CGit2
public import SystemPackage

/// A pack in the making, byte by byte: libgit2 reads it, checks it, and writes its index beside it.
///
/// Until `commit` it has a temporary name; an owner that lets go without it removes that.
public struct PackIndexer: ~Copyable {
    private let indexer: OpaquePointer
    private var progress = git_indexer_progress()

    /// Begins a pack in a folder of packs.
    public init(_ library: GitLibrary, in folder: FilePath) throws(GitError) {
        var pointer: OpaquePointer?
        try check("git_indexer_new") { folder.withPlatformString { git_indexer_new(&pointer, $0, 0, nil, nil) } }
        guard let pointer else { throw lastError("git_indexer_new", -1) }
        indexer = pointer
    }

    deinit { git_indexer_free(indexer) }

    /// Takes further bytes.
    public mutating func append(_ bytes: [UInt8]) throws(GitError) {
        let indexer = indexer
        var progress = progress
        defer { self.progress = progress }
        try check("git_indexer_append") {
            bytes.withUnsafeBytes { git_indexer_append(indexer, $0.baseAddress, $0.count, &progress) }
        }
    }

    /// Puts pack and index in place, and gives their name without `.pack` and `.idx`.
    ///
    /// Throws for what is no pack, or a damaged one. They may not be on the device yet.
    public mutating func commit() throws(GitError) -> String {
        let indexer = indexer
        var progress = progress
        defer { self.progress = progress }
        try check("git_indexer_commit") { git_indexer_commit(indexer, &progress) }
        guard let name = git_indexer_name(indexer) else { throw lastError("git_indexer_name", -1) }
        return "pack-" + String(cString: name)
    }
}
