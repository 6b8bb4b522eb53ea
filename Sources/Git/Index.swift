internal import CGit2
internal import SystemPackage

/// The index of a repository, read into memory and never written.
struct Index: ~Copyable {
    let index: OpaquePointer

    init(of repository: OpaquePointer) throws(GitError) {
        var pointer: OpaquePointer?
        try check("git_repository_index") { git_repository_index(&pointer, repository) }
        guard let pointer else { throw lastError("git_repository_index", -1) }
        index = pointer
    }

    deinit { git_index_free(index) }

    var submodules: [RepositoryState.Submodule] {
        var submodules: [RepositoryState.Submodule] = []
        for place in 0..<git_index_entrycount(index) {
            guard var entry = git_index_get_byindex(index, place)?.pointee, let path = entry.path,
                entry.mode == GIT_FILEMODE_COMMIT.rawValue
            else { continue }
            submodules.append(.init(path: FilePath(platformString: path), commit: hexadecimal(&entry.id)))
        }
        return submodules
    }
}
