internal import CGit2
internal import Glibc

/// The files at which what a walk found may differ from HEAD's tree or from the index, so that libgit2 has to compare no others:
/// by itself it would read every tree of both, though most are alike.
///
/// None is missing; paths are those that the repository has.
struct DifferingPaths {
    /// Differing from HEAD's tree.
    private(set) var fromHead: [[UInt8]] = []
    /// Differing from HEAD's tree or from the index.
    private(set) var fromEither: Set<[UInt8]> = []
    private let objects: OpaquePointer?
    private let progress: () -> Void

    /// Compares a folder, which is a work tree's, with a tree of `objects` and with an index, either of which may be missing.
    init(
        _ folder: WorkFolder, tree: OpaquePointer?, index: OpaquePointer?, objects: OpaquePointer?,
        progress: @escaping () -> Void
    ) throws(GitError) {
        self.objects = objects
        self.progress = progress
        try compare(folder, tree, [])
        fromEither = Set(fromHead)
        if let index { compare(folder, index) }
    }

    // MARK: HEAD's tree

    private mutating func compare(_ folder: WorkFolder, _ tree: OpaquePointer?, _ path: [UInt8]) throws(GitError) {
        progress()
        for place in 0..<(tree.map { git_tree_entrycount($0) } ?? 0) {
            guard let entry = git_tree_entry_byindex(tree, place), let text = git_tree_entry_name(entry) else {
                continue
            }
            let name = bytes(text)
            let found = folder.entry(named: name)
            if let found, let version = folder.version(of: found),
                version.mode == git_tree_entry_filemode_raw(entry).rawValue,
                version.id == git_tree_entry_id(entry).map({ ObjectID($0.pointee) })
            {
                continue
            }
            let inner = found?.folder
            try compare(entry, path + name, with: inner?.link == nil ? inner : nil)
        }
        for entry in folder.entries {
            let name = Array(folder.names[entry.name])
            let isThere = name.withZero { name in
                guard let tree,
                    let found = git_tree_entry_byname(
                        tree, UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
                else { return false }
                return (git_tree_entry_type(found) == GIT_OBJECT_TREE)
                    == (entry.folder != nil && entry.folder?.link == nil)
            }
            if !isThere { addAll(of: entry, path + name) }
        }
    }

    /// Compares an entry of HEAD's with the folder that is in its place; nil where none is.
    private mutating func compare(
        _ entry: OpaquePointer, _ path: [UInt8], with folder: WorkFolder?
    ) throws(GitError) {
        guard git_tree_entry_type(entry) == GIT_OBJECT_TREE else { return fromHead.append(path) }
        var tree: OpaquePointer?
        let objects = objects
        try check("git_tree_lookup") { git_tree_lookup(&tree, objects, git_tree_entry_id(entry)) }
        defer { git_object_free(tree) }
        let start = path + [UInt8(ascii: "/")]
        if let folder { return try compare(folder, tree, start) }
        progress()
        for place in 0..<git_tree_entrycount(tree) {
            guard let entry = git_tree_entry_byindex(tree, place), let name = git_tree_entry_name(entry) else {
                continue
            }
            try compare(entry, start + bytes(name), with: nil)
        }
    }

    /// All that is below a folder that HEAD has not, or the file that is no folder.
    private mutating func addAll(of entry: WorkEntry, _ path: [UInt8]) {
        guard let folder = entry.folder, folder.link == nil else { return fromHead.append(path) }
        progress()
        for entry in folder.entries { addAll(of: entry, path + [UInt8(ascii: "/")] + folder.names[entry.name]) }
    }

    // MARK: The index

    /// Goes through both in the order of their paths, which is the same.
    private mutating func compare(_ folder: WorkFolder, _ index: OpaquePointer) {
        var next = 0
        compare(folder, [], index, &next)
        while let entry = git_index_get_byindex(index, next) {
            fromEither.insert(bytes(entry.pointee.path))
            next += 1
        }
    }

    private mutating func compare(_ folder: WorkFolder, _ start: [UInt8], _ index: OpaquePointer, _ next: inout Int) {
        progress()
        var path = start
        for entry in folder.entries {
            path.removeSubrange(start.count...)
            path += folder.names[entry.name]
            if let inner = entry.folder, inner.link == nil {
                compare(inner, path + [UInt8(ascii: "/")], index, &next)
                continue
            }
            path.append(0)
            var isThere = false
            while let staged = git_index_get_byindex(index, next)?.pointee {
                let order = path.withUnsafeBytes { path in
                    path.baseAddress.map { strcmp(staged.path, $0.assumingMemoryBound(to: CChar.self)) } ?? 1
                }
                if order > 0 { break }
                next += 1
                isThere = order == 0
                let version = isThere ? folder.version(of: entry) : nil
                let isSame =
                    version?.id == ObjectID(staged.id) && version?.mode == staged.mode
                    && UInt32(staged.flags) & UInt32(GIT_INDEX_ENTRY_STAGEMASK) == 0
                if !isSame { fromEither.insert(bytes(staged.path)) }
            }
            if !isThere { fromEither.insert(Array(path.dropLast())) }
        }
    }
}
