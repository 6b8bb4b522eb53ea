internal import CGit2

/// A reference of a repository, such as a branch or a tag.
private struct Reference: ~Copyable {
    let reference: OpaquePointer

    deinit { git_reference_free(reference) }

    /// Its name without `refs/heads/`, `refs/tags/` and the like.
    var shortName: String { String(cString: git_reference_shorthand(reference)) }

    /// The commit that it leads to, through symbolic references and annotated tags.
    func commit() throws(GitError) -> String {
        var object: OpaquePointer?
        try check("git_reference_peel") { git_reference_peel(&object, reference, GIT_OBJECT_COMMIT) }
        defer { git_object_free(object) }
        return hexadecimal(git_object_id(object))
    }
}

func hexadecimal(_ identifier: UnsafePointer<git_oid>?) -> String {
    guard let identifier else { return "" }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(GIT_OID_HEXSZ) + 1) { text in
        git_oid_tostr(text.baseAddress, text.count, identifier)
        return String(decoding: text.lazy.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

func readHead(_ repository: OpaquePointer) throws(GitError) -> RepositoryState.Head {
    var pointer: OpaquePointer?
    let code = git_repository_head(&pointer, repository)
    if code == GIT_EUNBORNBRANCH.rawValue {
        try check("git_reference_lookup") { git_reference_lookup(&pointer, repository, "HEAD") }
        guard let pointer else { throw lastError("git_reference_lookup", code) }
        let head = Reference(reference: pointer)
        guard let target = git_reference_symbolic_target(head.reference) else { return .unborn("") }
        let name = String(cString: target)
        return .unborn(name.hasPrefix("refs/heads/") ? String(name.dropFirst(11)) : name)
    }
    guard code == 0, let pointer else { throw lastError("git_repository_head", code) }
    let head = Reference(reference: pointer)
    let commit = try head.commit()
    let isDetached = try check("git_repository_head_detached") { git_repository_head_detached(repository) } == 1
    return isDetached ? .detached(commit: commit) : .branch(head.shortName, commit: commit)
}

func tags(at commit: String, in repository: OpaquePointer) throws(GitError) -> [String] {
    var iterator: OpaquePointer?
    try check("git_reference_iterator_glob_new") {
        git_reference_iterator_glob_new(&iterator, repository, "refs/tags/*")
    }
    defer { git_reference_iterator_free(iterator) }
    var tags: [String] = []
    while true {
        var pointer: OpaquePointer?
        let code = git_reference_next(&pointer, iterator)
        if code == GIT_ITEROVER.rawValue { return tags.sorted() }
        guard code == 0, let pointer else { throw lastError("git_reference_next", code) }
        let tag = Reference(reference: pointer)
        // packed-refs tells what an annotated tag leads to, so that thousands of tags need no object read.
        if let peeled = git_reference_target_peel(tag.reference) {
            if hexadecimal(peeled) == commit { tags.append(tag.shortName) }
        } else if (try? tag.commit()) == commit {
            // A tag may name a tree or a blob, or an object that is not here: then it does not name HEAD's commit.
            tags.append(tag.shortName)
        }
    }
}

func upstream(_ repository: OpaquePointer) throws(GitError) -> RepositoryState.Upstream? {
    var pointer: OpaquePointer?
    try check("git_repository_head") { git_repository_head(&pointer, repository) }
    guard let pointer else { return nil }
    let head = Reference(reference: pointer)
    var found: OpaquePointer?
    let code = git_branch_upstream(&found, head.reference)
    if code == GIT_ENOTFOUND.rawValue { return nil }
    guard code == 0, let found else { throw lastError("git_branch_upstream", code) }
    let upstream = Reference(reference: found)
    guard var ours = git_reference_target(head.reference)?.pointee,
        var theirs = git_reference_target(upstream.reference)?.pointee
    else { return nil }
    var ahead = 0
    var behind = 0
    try check("git_graph_ahead_behind") { git_graph_ahead_behind(&ahead, &behind, repository, &ours, &theirs) }
    return .init(name: upstream.shortName, ahead: ahead, behind: behind)
}

/// The commits that lead to one and that no branch of a remote has, as far as is known here, from that one on; at most
/// `mostUnshared`.
func unshared(from head: ObjectID, in repository: OpaquePointer) throws(GitError) -> [ObjectID] {
    var walk: OpaquePointer?
    try check("git_revwalk_new") { git_revwalk_new(&walk, repository) }
    defer { git_revwalk_free(walk) }
    var start = head.raw
    try check("git_revwalk_push") { git_revwalk_push(walk, &start) }
    try hideRemotes(from: walk, in: repository)
    var commits: [ObjectID] = []
    var commit = git_oid()
    while commits.count < mostUnshared {
        let code = git_revwalk_next(&commit, walk)
        if code == GIT_ITEROVER.rawValue { break }
        try check("git_revwalk_next") { code }
        commits.append(ObjectID(commit))
    }
    return commits
}

/// Passes over what branches of remotes have. One whose commit is not here hides nothing: `git_revwalk_hide_glob` would fail
/// for an `origin/HEAD` that names a branch which the remote has no more.
private func hideRemotes(from walk: OpaquePointer?, in repository: OpaquePointer) throws(GitError) {
    var iterator: OpaquePointer?
    try check("git_reference_iterator_glob_new") {
        git_reference_iterator_glob_new(&iterator, repository, "refs/remotes/*")
    }
    defer { git_reference_iterator_free(iterator) }
    while true {
        var pointer: OpaquePointer?
        let code = git_reference_next(&pointer, iterator)
        if code == GIT_ITEROVER.rawValue { return }
        guard code == 0, let pointer else { throw lastError("git_reference_next", code) }
        let branch = Reference(reference: pointer)
        if let target = git_reference_target(branch.reference) { git_revwalk_hide(walk, target) }
    }
}

/// More commits are not counted.
let mostUnshared = 1000
