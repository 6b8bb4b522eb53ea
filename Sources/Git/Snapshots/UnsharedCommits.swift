internal import Bytes
internal import CGit2

/// Commits of HEAD that no remote has, as a pack for other hosts takes them along: with all that their trees have and the commits
/// that they follow do not.
struct UnsharedCommits {
    /// From HEAD on, with the tree of each.
    private let commits: [(id: ObjectID, tree: ObjectID)]
    /// The commits that they follow, which a remote has.
    let prerequisites: [ObjectID]
    private let repository: OpaquePointer

    /// Those of a repository that somebody keeps open; nil when there are none.
    init?(of repository: OpaquePointer) throws(GitError) {
        let ids = try unshared(repository)
        if ids.isEmpty { return nil }
        var commits: [(id: ObjectID, tree: ObjectID)] = []
        var followed: Set<ObjectID> = []
        for id in ids {
            let commit = try Commit(id, repository)
            commits.append((id, commit.tree))
            followed.formUnion(commit.parents)
        }
        self.commits = commits
        prerequisites = followed.subtracting(ids).sorted()
        self.repository = repository
    }

    /// How many they are.
    var count: Int { commits.count }

    /// The same for the same commits only, wherever they begin.
    var mark: ObjectID {
        var context = DigestContext<SHA1>()
        for commit in commits.prefix(1).map(\.id) + prerequisites { context.update(commit.bytes) }
        return ObjectID(context.finish())
    }

    /// Adds them to a pack, the oldest first. A file that `secretNames` mean hinders it like one that holds a secret.
    func add(to filling: inout PackFilling, secretNames: IgnoreList) throws(PackFilling.Hindrance) {
        // Where the list was cut off the commits before these are not known.
        if count >= mostUnshared { throw .refusal(.reason("they are more than \(mostUnshared - 1)")) }
        let (repository, prerequisites) = (repository, prerequisites)
        let source = try PackFilling.Hindrance.reading { () throws(GitError) in try ObjectStore(of: repository) }
        let followed = try PackFilling.Hindrance.reading { () throws(GitError) in
            try prerequisites.map { id throws(GitError) in try Commit(id, repository).tree }
        }
        let known = filling.objects(of: followed, in: source)
        for (id, tree) in commits.reversed() {
            try filling.add(commit: id, from: source)
            let origin = PackFilling.Origin(
                phrase: " of commit \(id.description.prefix(8))", secretNames: secretNames)
            try filling.add(tree: tree, besides: known, from: source, origin)
        }
    }
}

/// What a commit says of itself.
private struct Commit {
    let tree: ObjectID
    let parents: [ObjectID]

    init(_ id: ObjectID, _ repository: OpaquePointer) throws(GitError) {
        var (pointer, raw): (OpaquePointer?, git_oid) = (nil, id.raw)
        try check("git_commit_lookup") { git_commit_lookup(&pointer, repository, &raw) }
        defer { git_commit_free(pointer) }
        tree = git_commit_tree_id(pointer).map { ObjectID($0.pointee) } ?? .none
        parents = (0..<git_commit_parentcount(pointer)).compactMap { place in
            git_commit_parent_id(pointer, place).map { ObjectID($0.pointee) }
        }
    }
}
