internal import Bytes
internal import CGit2
internal import SystemPackage

/// Makes of the commits of HEAD that no remote has a bundle for other hosts (gitformat-bundle(5)): they, with all that their trees
/// have and the commits that they follow do not. git clones from it, or fetches.
struct CommitSharing {
    /// The repository, which knows of such commits.
    let tracked: TrackedFiles
    /// The branch that HEAD names; nil when it is detached.
    let branch: String?
    /// The store, which has to be locked.
    let store: FilePath
    /// Names of files that hold secrets.
    let secretNames: IgnoreList

    /// Where a store keeps its last bundle.
    private static let folder = "shared-commits"

    /// Makes it, or takes the last one; gives the reason when there is none, as the end of a sentence.
    func run(
        into folder: FilePath, _ limits: PackFilling.Limits
    ) throws(SnapshotError) -> (bundle: SnapshotBundle?, reason: String?) {
        // Where the list was cut off the commits before these are not known.
        guard tracked.unshared.count < mostUnshared else { return (nil, "they are more than \(mostUnshared - 1)") }
        guard let head = tracked.unshared.first else { return (nil, nil) }
        let (commits, followed): ([Commit], [Commit])
        do throws(GitError) {
            commits = try tracked.unshared.map { id throws(GitError) in try Commit(id, tracked.repository) }
            let others = Set(commits.flatMap(\.parents)).subtracting(tracked.unshared).sorted()
            followed = try others.map { id throws(GitError) in try Commit(id, tracked.repository) }
        } catch {
            throw SnapshotError("looking at the commits", "\(error)")
        }
        // Without its name git takes them as HEAD.
        let branch = branch.flatMap { limits.isSecret([], Array($0.utf8)) ? nil : $0 }
        let header = header(head, branch, followed)
        let last = LastPack(folder: store.appending(Self.folder), ending: ".bundle", limits: limits)
        let subject = PackNote.Subject(object: head, besides: ObjectID(SHA1.digest(of: header)))
        let outcome = try last.outcome(of: subject, behind: header) { filling throws(PackFilling.Hindrance) in
            try fill(&filling, commits, followed)
        }
        switch outcome {
        case .made(let digest, let size):
            let file = try last.handOver(digest, to: folder)
            let bundle = SnapshotBundle(
                file: file, digest: digest, size: size, count: commits.count, prerequisites: followed.map(\.id))
            return (bundle, nil)
        case .nothing(let refusal): return (nil, refusal.phrase)
        }
    }

    private func header(_ head: ObjectID, _ branch: String?, _ followed: [Commit]) -> [UInt8] {
        var lines = ["# v2 git bundle"] + followed.map { "-\($0.id) " }
        if let branch { lines.append("\(head) refs/heads/\(branch)") }
        lines += ["\(head) HEAD", "", ""]
        return Array(lines.joined(separator: "\n").utf8)
    }

    private func fill(
        _ filling: inout PackFilling, _ commits: [Commit], _ followed: [Commit]
    ) throws(PackFilling.Hindrance) {
        let repository = tracked.repository
        let source = try PackFilling.reading { () throws(GitError) in try ObjectStore(of: repository) }
        let known = filling.objects(of: followed.map(\.tree), in: source)
        // The oldest first.
        for commit in commits.reversed() {
            try filling.add(commit: commit.id, from: source)
            let origin = PackFilling.Origin(phrase: " of commit \(commit.id.short)", secretNames: secretNames)
            try filling.add(tree: commit.tree, besides: known, from: source, origin)
        }
    }
}

/// What a commit says of itself.
private struct Commit {
    let id: ObjectID
    let tree: ObjectID
    let parents: [ObjectID]

    init(_ id: ObjectID, _ repository: OpaquePointer) throws(GitError) {
        self.id = id
        var (pointer, raw): (OpaquePointer?, git_oid) = (nil, id.raw)
        try check("git_commit_lookup") { git_commit_lookup(&pointer, repository, &raw) }
        defer { git_commit_free(pointer) }
        tree = git_commit_tree_id(pointer).map { ObjectID($0.pointee) } ?? .none
        parents = (0..<git_commit_parentcount(pointer)).compactMap { place in
            git_commit_parent_id(pointer, place).map { ObjectID($0.pointee) }
        }
    }
}
