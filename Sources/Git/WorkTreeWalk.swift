internal import CGit2
internal import SystemPackage

/// What a walk over the work tree counts, while libgit2 walks.
struct WorkTreeWalk {
    let untrackedLimit: Int
    let isOurs: (FilePath) -> Bool
    let progress: () -> Void
    var changes = RepositoryState.Changes()
    /// Paths that differ from the index or the commit.
    var differing: Set<FilePath> = []
}

/// Compares commit, index and work tree: two comparisons, of which only one walks the work tree.
///
/// As GitPython's `is_dirty` does for daskperiment, a file is different when either of them says so.
func changes(
    _ repository: OpaquePointer, _ index: borrowing Index, _ start: WorkTreeWalk
) throws(GitError) -> RepositoryState.Changes {
    var walk = start
    var options = try diffOptions([GIT_DIFF_INCLUDE_TYPECHANGE])
    let index = index.index
    let tree = try HeadTree(of: repository)
    walk = try counting("git_diff_tree_to_index", walk, &options) {
        git_diff_tree_to_index($0, repository, tree.tree, index, $1)
    }
    (walk.changes.staged, walk.changes.modified) = (walk.changes.modified, 0)

    let staged = walk
    options = try diffOptions([
        GIT_DIFF_INCLUDE_TYPECHANGE, GIT_DIFF_INCLUDE_UNREADABLE, GIT_DIFF_INCLUDE_UNTRACKED,
        GIT_DIFF_RECURSE_UNTRACKED_DIRS,
    ])
    walk = try counting("git_diff_index_to_workdir", walk, &options) {
        git_diff_index_to_workdir($0, repository, index, $1)
    }
    if walk.changes.isUntrackedCut {
        // The walk was broken off: the tracked files alone are as many as the index has, and are counted anew.
        let untracked = walk.changes.untracked
        options = try diffOptions([GIT_DIFF_INCLUDE_TYPECHANGE, GIT_DIFF_INCLUDE_UNREADABLE])
        walk = try counting("git_diff_index_to_workdir", staged, &options) {
            git_diff_index_to_workdir($0, repository, index, $1)
        }
        walk.changes.untracked = untracked
        walk.changes.isUntrackedCut = true
    }
    walk.changes.differing = walk.differing.count
    return walk.changes
}

/// The tree of HEAD's commit; nil inside before the first commit.
private struct HeadTree: ~Copyable {
    let tree: OpaquePointer?

    init(of repository: OpaquePointer) throws(GitError) {
        var object: OpaquePointer?
        let code = git_revparse_single(&object, repository, "HEAD^{tree}")
        guard code == 0 || code == GIT_ENOTFOUND.rawValue || code == GIT_EUNBORNBRANCH.rawValue else {
            throw lastError("git_revparse_single", code)
        }
        tree = object
    }

    deinit { git_object_free(tree) }
}

private func diffOptions(_ flags: [git_diff_option_t]) throws(GitError) -> git_diff_options {
    var options = git_diff_options()
    try check("git_diff_options_init") { git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)) }
    options.flags = (flags + [GIT_DIFF_SKIP_BINARY_CHECK]).reduce(0) { $0 | $1.rawValue }
    return options
}

private func counting(
    _ function: String, _ start: WorkTreeWalk, _ options: inout git_diff_options,
    _ diff: (UnsafeMutablePointer<OpaquePointer?>, UnsafePointer<git_diff_options>) -> Int32
) throws(GitError) -> WorkTreeWalk {
    var walk = start
    var result: OpaquePointer?
    defer { git_diff_free(result) }
    let code = withUnsafeMutablePointer(to: &walk) { walk in
        options.payload = UnsafeMutableRawPointer(walk)
        options.notify_cb = { _, delta, _, payload in
            guard let delta, let walk = payload?.assumingMemoryBound(to: WorkTreeWalk.self) else { return 1 }
            return walk.pointee.note(delta.pointee)
        }
        options.progress_cb = { _, _, _, payload in
            payload?.assumingMemoryBound(to: WorkTreeWalk.self).pointee.progress()
            return 0
        }
        return diff(&result, &options)
    }
    guard code >= 0 || walk.changes.isUntrackedCut else { throw lastError(function, code) }
    return walk
}

extension WorkTreeWalk {
    /// Counts one difference. 1: libgit2 need not keep it; negative: it is to stop.
    fileprivate mutating func note(_ delta: git_diff_delta) -> Int32 {
        guard let path = (delta.new_file.path ?? delta.old_file.path).map({ FilePath(platformString: $0) }) else {
            return 1
        }
        switch delta.status {
        case GIT_DELTA_UNTRACKED:
            if isOurs(path) { return 1 }
            if changes.untracked == untrackedLimit {
                changes.isUntrackedCut = true
                return GIT_EUSER.rawValue
            }
            changes.untracked += 1
            progress()
        case GIT_DELTA_UNREADABLE: changes.unreadable += 1
        case GIT_DELTA_UNMODIFIED, GIT_DELTA_IGNORED: break
        default:
            changes.modified += 1
            differing.insert(path)
        }
        return 1
    }
}
