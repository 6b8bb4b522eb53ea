internal import CGit2

/// The trees on the way to the file of a commit that was asked for last, as the next one is likely to be near.
///
/// libgit2 by itself goes down from the root for each, and keeps no tree of many files: it would be read anew each time.
final class NearbyTrees {
    private struct Step {
        let name: [UInt8]
        let tree: OpaquePointer
    }

    private let root: OpaquePointer
    private let repository: OpaquePointer
    /// From the root on.
    private var steps: [Step] = []

    /// Below a tree of a repository; both are somebody else's, who keeps them for as long as this lives.
    init(below root: OpaquePointer, of repository: OpaquePointer) {
        self.root = root
        self.repository = repository
    }

    deinit { leave(from: 0) }

    /// What a tree has at a path; it is good until the next question.
    func entry(_ path: TrackedFiles.Path) -> OpaquePointer? {
        var (tree, name, depth) = (root, path, 0)
        var end = name
        while end.pointee != 0 {
            guard end.pointee == UInt8(ascii: "/") else {
                end += 1
                continue
            }
            guard let inner = step(UnsafeBufferPointer(start: name, count: end - name), depth, in: tree) else {
                return nil
            }
            end += 1
            (tree, name, depth) = (inner, end, depth + 1)
        }
        return git_tree_entry_byname(tree, UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
    }

    /// The tree of a name; nil where none is.
    private func step(_ name: UnsafeBufferPointer<UInt8>, _ depth: Int, in tree: OpaquePointer) -> OpaquePointer? {
        if depth < steps.count, steps[depth].name.elementsEqual(name) { return steps[depth].tree }
        leave(from: depth)
        let name = Array(name)
        let repository = repository
        let found = name.withZero { text -> OpaquePointer? in
            guard let entry = git_tree_entry_byname(tree, UnsafeRawPointer(text).assumingMemoryBound(to: CChar.self)),
                git_tree_entry_type(entry) == GIT_OBJECT_TREE
            else { return nil }
            var inner: OpaquePointer?
            return git_tree_lookup(&inner, repository, git_tree_entry_id(entry)) == 0 ? inner : nil
        }
        if let found { steps.append(Step(name: name, tree: found)) }
        return found
    }

    private func leave(from depth: Int) {
        while steps.count > depth, let step = steps.popLast() { git_object_free(step.tree) }
    }
}
