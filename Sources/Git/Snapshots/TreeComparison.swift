internal import CGit2
internal import SystemCalls
internal import SystemPackage

/// Compares HEAD's tree, the index, and the tree of what a walk found: what differs, and the patch that makes the one of the other.
///
/// A file that git converts on its way into a commit (line ends, `$Id$`, LFS) differs from it as it lies on the disk: it
/// counts as changed only when it does after that conversion.
final class TreeComparison {
    private let tracked: TrackedFiles
    private let folder: WorkFolder
    private let notes: SnapshotNotes
    let progress: @Sendable () -> Void
    /// The objects without their repository: with it, libgit2 would open what is called `.gitattributes` in the work tree.
    let bare: OpaquePointer?
    private(set) var diff: OpaquePointer?
    private var oldTree: OpaquePointer?
    private var newTree: OpaquePointer?
    /// The differences that are told, in their order.
    private(set) var told: [Difference] = []

    /// One difference.
    struct Difference {
        let place: Int
        let path: [UInt8]
        /// What git would make of the file, where that is something else than what it is.
        var converted: [UInt8]?
    }

    /// How many files differ; nil when the index cannot be read.
    private(set) var changes: RepositoryState.Changes?

    /// Compares the files of a repository, whose objects and those of the walk are in `objects` and below `stored`.
    init(
        _ tracked: TrackedFiles, _ folder: WorkFolder, _ notes: SnapshotNotes,
        objects: [(kind: ObjectKind, id: ObjectID, bytes: [UInt8])], stored: FilePath?,
        progress: @escaping @Sendable () -> Void
    ) throws(GitError) {
        self.tracked = tracked
        self.folder = folder
        self.notes = notes
        self.progress = progress
        bare = try Self.bare(objects, stored, tracked.repository)
        guard var tree = folder.compared?.raw else { return }
        try check("git_tree_lookup") { git_tree_lookup(&newTree, bare, &tree) }
        if let id = git_tree_id(tracked.tree) {
            try check("git_tree_lookup") { git_tree_lookup(&oldTree, bare, id) }
        }
        let paths = try DifferingPaths(folder, tree: oldTree, index: tracked.index, objects: bare, progress: progress)
        diff = try Self.diff(at: paths.fromHead, [GIT_DIFF_SHOW_BINARY]) { (options) throws(GitError) in
            options.id_abbrev = UInt16(GIT_OID_HEXSZ)
            var diff: OpaquePointer?
            try check("git_diff_tree_to_tree") { git_diff_tree_to_tree(&diff, bare, oldTree, newTree, &options) }
            return diff
        }
        try compare(stagedAt: Array(paths.fromEither))
    }

    /// What libgit2 makes of files at these paths alone; nil when there are none.
    private static func diff(
        at paths: [[UInt8]], _ flags: [git_diff_option_t],
        _ make: (inout git_diff_options) throws(GitError) -> OpaquePointer?
    ) throws(GitError) -> OpaquePointer? {
        if paths.isEmpty { return nil }
        var options = try diffOptions(flags + [GIT_DIFF_DISABLE_PATHSPEC_MATCH])
        var characters: [CChar] = []
        for path in paths { characters += (path + [0]).map { CChar(bitPattern: $0) } }
        return try characters.withUnsafeMutableBufferPointer { (characters) throws(GitError) in
            var start = characters.baseAddress
            var pointers: [UnsafeMutablePointer<CChar>?] = paths.map { path in
                defer { start = start.map { $0 + path.count + 1 } }
                return start
            }
            let count = pointers.count
            return try pointers.withUnsafeMutableBufferPointer { (pointers) throws(GitError) in
                options.pathspec = git_strarray(strings: pointers.baseAddress, count: count)
                return try make(&options)
            }
        }
    }

    deinit {
        git_diff_free(diff)
        git_object_free(oldTree)
        git_object_free(newTree)
        git_repository_free(bare)
    }

    /// A repository's objects and ours, together for as long as this lives and without a word on the disk.
    private static func bare(
        _ objects: [(kind: ObjectKind, id: ObjectID, bytes: [UInt8])], _ stored: FilePath?,
        _ repository: OpaquePointer
    ) throws(GitError) -> OpaquePointer? {
        var database: OpaquePointer?
        try check("git_repository_odb") { git_repository_odb(&database, repository) }
        defer { git_odb_free(database) }
        if let stored {
            try check("git_odb_add_disk_alternate") {
                stored.withPlatformString { git_odb_add_disk_alternate(database, $0) }
            }
        }
        var memory: UnsafeMutablePointer<git_odb_backend>?
        try check("git_mempack_new") { git_mempack_new(&memory) }
        for object in objects {
            var id = object.id.raw
            let kind = object.kind == .tree ? GIT_OBJECT_TREE : GIT_OBJECT_BLOB
            try check("git_odb_backend.write") { CGit2_write(memory, &id, object.bytes, object.bytes.count, kind) }
        }
        try check("git_odb_add_backend") { git_odb_add_backend(database, memory, 999) }
        var bare: OpaquePointer?
        try check("git_repository_wrap_odb") { git_repository_wrap_odb(&bare, database) }
        return bare
    }

    // MARK: What differs

    private func compare(stagedAt paths: [[UInt8]]) throws(GitError) {
        guard tracked.index != nil else { return }
        let staged = try staged(at: paths)
        var counts = RepositoryState.Changes()
        counts.staged = staged.count
        counts.untracked = notes.untracked
        counts.unreadable = notes.unreadable
        var differing = Set(staged.keys)
        var modified: Set<[UInt8]> = []
        var seen: Set<[UInt8]> = []
        for place in 0..<(diff.map { git_diff_num_deltas($0) } ?? 0) {
            progress()
            guard let delta = git_diff_get_delta(diff, place)?.pointee,
                let text = delta.new_file.path ?? delta.old_file.path
            else { continue }
            let path = bytes(text)
            var difference = Difference(place: place, path: path)
            guard try isReal(delta, &difference, &modified) else { continue }
            told.append(difference)
            let isNew = delta.status == GIT_DELTA_ADDED
            if isNew, !path.withZero({ tracked.tracks($0) }) {
                counts.untracked += 1
                continue
            }
            seen.insert(path)
            let now = delta.status == GIT_DELTA_DELETED ? nil : Version(delta.new_file)
            if let index = staged[path] {
                if index != now { modified.insert(path) } else { modified.remove(path) }
            } else if !path.withZero({ tracked.staged($0)?.isAssumedUnchanged == true }) {
                modified.insert(path)
            }
        }
        for (path, version) in staged where !seen.contains(path) {
            // What lies there is what HEAD has.
            if version != nil { modified.insert(path) } else if folder.find(path[...]) != nil { counts.untracked += 1 }
        }
        for (submodule, asked) in notes.submodules {
            let path = Array(submodule.path.dropFirst(folder.path.isEmpty ? 0 : folder.path.count + 1))
            guard submodule.path.starts(with: folder.path), tracked.link(path) != nil else { continue }
            if submodule.link != asked || notes.dirtySubmodules.contains(submodule.path) { modified.insert(path) }
        }
        differing.formUnion(modified)
        counts.modified = modified.count
        counts.differing = differing.count
        changes = counts
    }

    /// A file as a tree or the index has it.
    private struct Version: Hashable {
        let id: ObjectID
        let mode: UInt16

        init(_ file: git_diff_file) {
            id = ObjectID(file.id)
            mode = file.mode
        }
    }

    /// The entries of the index, at these paths, that are not those of the commit; nil for one that is gone.
    private func staged(at paths: [[UInt8]]) throws(GitError) -> [[UInt8]: Version?] {
        let (bare, tree, index) = (bare, oldTree, tracked.index)
        let diff = try Self.diff(at: paths, [GIT_DIFF_SKIP_BINARY_CHECK]) { (options) throws(GitError) in
            var diff: OpaquePointer?
            try check("git_diff_tree_to_index") { git_diff_tree_to_index(&diff, bare, tree, index, &options) }
            return diff
        }
        guard let diff else { return [:] }
        defer { git_diff_free(diff) }
        var staged: [[UInt8]: Version?] = [:]
        for place in 0..<git_diff_num_deltas(diff) {
            guard let delta = git_diff_get_delta(diff, place)?.pointee,
                let text = delta.new_file.path ?? delta.old_file.path
            else { continue }
            let version = Version(delta.new_file)
            staged.updateValue(delta.status == GIT_DELTA_DELETED ? nil : version, forKey: bytes(text))
        }
        return staged
    }

    /// Whether a difference is one, and not only what was left out or is converted; what is left out and differs goes into
    /// `modified` all the same.
    private func isReal(
        _ delta: git_diff_delta, _ difference: inout Difference, _ modified: inout Set<[UInt8]>
    ) throws(GitError) -> Bool {
        let path = difference.path
        let whole = folder.path.isEmpty ? path : folder.path + [UInt8(ascii: "/")] + path
        switch delta.status {
        case GIT_DELTA_DELETED:
            if let isModified = notes.missing[whole] {
                if isModified { modified.insert(path) }
                return false
            }
            if notes.missingFolders.contains(where: { whole.starts(with: $0 + [UInt8(ascii: "/")]) }) { return false }
            return path.withZero { tracked.staged($0)?.isSkipped != true }
        case GIT_DELTA_MODIFIED:
            guard let found = folder.find(path[...]), found.folder.entries[found.place].isFile else { return true }
            let entry = found.folder.entries[found.place]
            let sameMode = delta.old_file.mode == delta.new_file.mode
            if sameMode, let staged = path.withZero({ tracked.staged($0) }), staged.id == ObjectID(delta.old_file.id),
                staged.isUnchanged(entry.stamp)
            {
                return false
            }
            guard !notes.hasOddAttributes, let converted = try converted(delta, path) else { return true }
            if sameMode, ObjectKind.blob.identifier(of: converted) == ObjectID(delta.old_file.id) { return false }
            difference.converted = converted
            return true
        default: return true
        }
    }

    /// What git makes of a file on its way into a commit; nil where that is the file itself.
    private func converted(_ delta: git_diff_delta, _ path: [UInt8]) throws(GitError) -> [UInt8]? {
        var filters: OpaquePointer?
        let repository = tracked.repository
        let name = path.map { CChar(bitPattern: $0) } + [0]
        try check("git_filter_list_load") {
            git_filter_list_load(&filters, repository, nil, name, GIT_FILTER_TO_ODB, GIT_FILTER_DEFAULT.rawValue)
        }
        guard let filters else { return nil }
        defer { git_filter_list_free(filters) }
        var blob: OpaquePointer?
        var id = delta.new_file.id
        let bare = bare
        try check("git_blob_lookup") { git_blob_lookup(&blob, bare, &id) }
        defer { git_blob_free(blob) }
        var result = git_buf()
        defer { git_buf_dispose(&result) }
        try check("git_filter_list_apply_to_buffer") {
            git_filter_list_apply_to_buffer(
                &result, filters, git_blob_rawcontent(blob)?.assumingMemoryBound(to: CChar.self),
                Int(git_blob_rawsize(blob)))
        }
        return Array(UnsafeRawBufferPointer(start: result.ptr, count: result.size))
    }
}

/// What libgit2 is to do when it compares.
func diffOptions(_ flags: [git_diff_option_t]) throws(GitError) -> git_diff_options {
    var options = git_diff_options()
    try check("git_diff_options_init") { git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)) }
    options.flags = flags.reduce(0) { $0 | $1.rawValue }
    return options
}
