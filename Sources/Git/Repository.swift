internal import CGit2
public import SystemPackage

/// An open repository, of which nothing is ever written: neither its index nor anything else is refreshed.
public struct Repository: ~Copyable {
    private let repository: OpaquePointer

    init(owning repository: OpaquePointer) { self.repository = repository }

    deinit { git_repository_free(repository) }

    /// The folder that the tracked files are in; nil for a bare repository.
    public var workTree: FilePath? { git_repository_workdir(repository).map { FilePath(platformString: $0) } }

    /// The folder that holds its objects.
    public borrowing func objects() throws(GitError) -> FilePath {
        let repository = repository
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        try check("git_repository_item_path") {
            git_repository_item_path(&buffer, repository, GIT_REPOSITORY_ITEM_OBJECTS)
        }
        return buffer.ptr.map { FilePath(platformString: $0) } ?? ""
    }

    /// What is known without a look at the work tree: folders, HEAD, remotes and what is under way.
    public borrowing func outline() throws(GitError) -> RepositoryState {
        let repository = repository
        var state = RepositoryState(
            workTree: workTree ?? "", gitDirectory: FilePath(platformString: git_repository_path(repository)),
            head: try readHead(repository))
        state.operation = operation(repository)
        do throws(GitError) { state.remotes = try remotes(repository) } catch { state.problems.append(error) }
        return state
    }

    /// What is known without a look at its files, and what the repository has recorded of them.
    borrowing func details() throws(GitError) -> (state: RepositoryState, tracked: TrackedFiles) {
        let repository = repository
        var state = try outline()
        func attempt(_ body: () throws(GitError) -> Void) {
            do throws(GitError) { try body() } catch { state.problems.append(error) }
        }
        if let commit = state.commit {
            attempt { () throws(GitError) in state.tags = try tags(at: commit, in: repository) }
        }
        if case .branch = state.head {
            attempt { () throws(GitError) in state.upstream = try upstream(repository) }
        }
        state.isShallow = git_repository_is_shallow(repository) == 1
        if git_repository_is_worktree(repository) == 1, let folder = git_repository_commondir(repository) {
            state.linkedRepository = FilePath(platformString: folder).lexicallyNormalized()
        }
        attempt { () throws(GitError) in state.isSparse = try isSparse(repository) }
        let tracked = TrackedFiles(repository, at: state.commit)
        if let head = tracked.commit {
            attempt { () throws(GitError) in
                tracked.unshared = try unshared(from: head, in: repository)
                state.unshared = tracked.unshared.count
            }
        }
        return (state, tracked)
    }
}

/// Whether only some of the tracked files are to be checked out.
private func isSparse(_ repository: OpaquePointer) throws(GitError) -> Bool {
    var settings: OpaquePointer?
    try check("git_repository_config_snapshot") { git_repository_config_snapshot(&settings, repository) }
    defer { git_config_free(settings) }
    func isSet(_ name: String, in settings: OpaquePointer?) -> Bool {
        var answer: Int32 = 0
        return git_config_get_bool(&answer, settings, name) == 0 && answer == 1
    }
    if isSet("core.sparsecheckout", in: settings) { return true }
    guard isSet("extensions.worktreeconfig", in: settings) else { return false }
    // git-sparse-checkout(1) writes it there, where libgit2 does not look.
    let file = FilePath(platformString: git_repository_path(repository)).appending("config.worktree")
    var own: OpaquePointer?
    let code = file.withPlatformString { git_config_open_ondisk(&own, $0) }
    if code == GIT_ENOTFOUND.rawValue { return false }
    try check("git_config_open_ondisk") { code }
    defer { git_config_free(own) }
    return isSet("core.sparsecheckout", in: own)
}

private func operation(_ repository: OpaquePointer) -> String? {
    switch git_repository_state_t(UInt32(bitPattern: git_repository_state(repository))) {
    case GIT_REPOSITORY_STATE_NONE: nil
    case GIT_REPOSITORY_STATE_MERGE: "merge"
    case GIT_REPOSITORY_STATE_REVERT, GIT_REPOSITORY_STATE_REVERT_SEQUENCE: "revert"
    case GIT_REPOSITORY_STATE_CHERRYPICK, GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE: "cherry-pick"
    case GIT_REPOSITORY_STATE_BISECT: "bisect"
    case GIT_REPOSITORY_STATE_REBASE, GIT_REPOSITORY_STATE_REBASE_INTERACTIVE, GIT_REPOSITORY_STATE_REBASE_MERGE:
        "rebase"
    default: "mailbox"
    }
}

/// The remotes with their addresses as the repository's settings have them.
///
/// libgit2's own list gives addresses rewritten by the user's `url.….insteadOf`, which may lead to a mirror and hold a
/// password.
private func remotes(_ repository: OpaquePointer) throws(GitError) -> [RepositoryState.Remote] {
    var settings: OpaquePointer?
    try check("git_repository_config_snapshot") { git_repository_config_snapshot(&settings, repository) }
    defer { git_config_free(settings) }
    var remotes: [RepositoryState.Remote] = []
    for name in try remoteNames(in: settings) {
        var address: UnsafePointer<CChar>?
        guard git_config_get_string(&address, settings, "remote.\(name).url") == 0, let address else { continue }
        let text = String(cString: address)
        remotes.append(
            .init(
                name: name, address: RemoteAddress.withoutSecrets(text),
                hasUserGit: RemoteAddress.hasUserGit(text)))
    }
    return remotes
}

/// The names of remotes with an address, sorted.
///
/// `git_remote_list` of libgit2 1.5 keeps 20 KB for good of each setting that is none of a remote's: a worker that lives on would
/// run out of memory after some thousand captures.
private func remoteNames(in settings: OpaquePointer?) throws(GitError) -> [String] {
    var iterator: OpaquePointer?
    try check("git_config_iterator_new") { git_config_iterator_new(&iterator, settings) }
    defer { git_config_iterator_free(iterator) }
    var names: Set<String> = []
    var entry: UnsafeMutablePointer<git_config_entry>?
    while true {
        let code = git_config_next(&entry, iterator)
        if code == GIT_ITEROVER.rawValue { return names.sorted() }
        try check("git_config_next") { code }
        guard let key = entry?.pointee.name.map({ String(cString: $0) }) else { continue }
        let (start, end) = ("remote.", ".url")
        if key.hasPrefix(start), key.hasSuffix(end), key.utf8.count > start.utf8.count + end.utf8.count {
            names.insert(String(key.dropFirst(start.count).dropLast(end.count)))
        }
    }
}
