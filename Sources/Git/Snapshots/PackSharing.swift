internal import CGit2
internal import SystemPackage

/// Makes of a stored tree the pack that other hosts get: all of its objects, or those that a commit lacks.
struct PackSharing {
    let tree: ObjectID
    /// The store, which has to be locked.
    let store: FilePath
    /// The repository whose HEAD is to be had from a remote; nil when everything has to go along.
    let base: TrackedFiles?

    /// Where a store keeps its last pack.
    private static let folder = "shared"

    /// Makes it, or takes the last one; gives the reason when there is none, as the end of a sentence.
    func run(
        into folder: FilePath, _ limits: PackFilling.Limits
    ) throws(SnapshotError) -> (pack: SnapshotPack?, reason: String?) {
        let last = LastPack(folder: store.appending(Self.folder), ending: ".pack", limits: limits)
        let outcome = try last.outcome(of: PackNote.Subject(object: tree, besides: base?.commit)) {
            filling throws(PackFilling.Hindrance) in try fill(&filling)
        }
        switch outcome {
        case .made(let digest, let size):
            let file = try last.handOver(digest, to: folder)
            return (SnapshotPack(file: file, digest: digest, size: size, base: base?.commit), nil)
        case .nothing(let refusal): return (nil, refusal.phrase)
        }
    }

    private func fill(_ filling: inout PackFilling) throws(PackFilling.Hindrance) {
        let objects = store.appending("objects")
        let source = try PackFilling.reading { () throws(GitError) in try ObjectStore(at: objects) }
        var known: Set<ObjectID> = []
        if let base, let root = git_tree_id(base.tree).map({ ObjectID($0.pointee) }) {
            let other = try PackFilling.reading { () throws(GitError) in try ObjectStore(of: base.repository) }
            known = root == tree ? [root] : filling.objects(of: [root], in: other)
        }
        // What is committed is in the tree as it is: on a remote it is known already, and else it stays here.
        try filling.add(
            tree: tree, besides: known, from: source,
            PackFilling.Origin(reason: ", and is committed", hasKnownNames: true))
    }
}
