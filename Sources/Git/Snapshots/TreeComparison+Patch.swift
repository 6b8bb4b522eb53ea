internal import CGit2

/// The patch.
extension TreeComparison {
    /// What of a difference is not told.
    enum Untold {
        /// So many hunks, which touch a secret.
        case hunks(Int)
        /// All of it, as its path has a secret.
        case path
        /// All of it, as its name says that it holds secrets.
        case name
        /// All of it, as a file is in its place whose going is not told.
        case place
    }

    /// Larger files are not compared line by line, unless a patch may be as large.
    private static let largestCompared = 16 << 20

    /// Paths whose differences are told.
    var paths: [[UInt8]] { told.map(\.path) }

    /// The patch that makes of HEAD's tree what was found; nil when it has more than `limit` bytes. `untold` is told of what is not
    /// in it: hunks that `isSecret` means, and files whose path it means or whose name `secretNames` do.
    func patch(
        limit: Int, secretNames: IgnoreList, isSecret: (_ path: [UInt8], _ lines: [UInt8]) -> Bool,
        untold: (_ path: [UInt8], Untold) -> Void
    ) throws(GitError) -> [UInt8]? {
        var texts: [(difference: Difference, text: [UInt8])] = []
        var staying = StayingFiles()
        var size = 0
        for difference in told {
            progress()
            if let reason = reason(difference.path, secretNames, isSecret) {
                untold(difference.path, reason)
                if status(of: difference) == GIT_DELTA_DELETED { staying.insert(difference.path) }
                continue
            }
            if try largestSide(of: difference) > max(limit, Self.largestCompared) { return nil }
            let text = try text(of: difference)
            var filtered = PatchText.filtered(text) { isSecret(difference.path, $0) }
            if PatchText.isBinary(text), try hasMarkedText(difference, where: { isSecret(difference.path, $0) }) {
                filtered = (nil, 1)
            }
            if filtered.dropped > 0 { untold(difference.path, .hunks(filtered.dropped)) }
            guard let left = filtered.patch else {
                if status(of: difference) == GIT_DELTA_DELETED { staying.insert(difference.path) }
                continue
            }
            size += left.count
            if size > limit { return nil }
            texts.append((difference, left))
        }
        var patch: [UInt8] = []
        patch.reserveCapacity(size)
        for (difference, text) in texts {
            if status(of: difference) == GIT_DELTA_ADDED, staying.areInTheWay(of: difference.path) {
                untold(difference.path, .place)
            } else {
                patch += text
            }
        }
        return patch
    }

    /// Why nothing at all is told of a path; nil for one that may be told of.
    private func reason(
        _ path: [UInt8], _ secretNames: IgnoreList, _ isSecret: (_ path: [UInt8], _ lines: [UInt8]) -> Bool
    ) -> Untold? {
        let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        let isNamed = path.withUnsafeBufferPointer { secretNames.answer($0, nameStart: start, isFolder: false) }
        if isNamed == true { return .name }
        // The header tells the path.
        return isSecret(path, path) ? .path : nil
    }

    private func status(of difference: Difference) -> git_delta_t? {
        git_diff_get_delta(diff, difference.place)?.pointee.status
    }

    /// How many bytes the larger one of the two files has, which are not read for that.
    private func largestSide(of difference: Difference) throws(GitError) -> Int {
        guard let delta = git_diff_get_delta(diff, difference.place)?.pointee else { return 0 }
        var database: OpaquePointer?
        let bare = bare
        try check("git_repository_odb") { git_repository_odb(&database, bare) }
        defer { git_odb_free(database) }
        var largest = 0
        for file in [delta.old_file, delta.new_file]
        where file.mode != 0 && UInt32(file.mode) != GIT_FILEMODE_COMMIT.rawValue {
            var (size, kind, id) = (0, GIT_OBJECT_INVALID, file.id)
            // One that is not there is told of when it is read.
            if git_odb_read_header(&size, &kind, database, &id) == 0 { largest = max(largest, size) }
        }
        return largest
    }

    /// Whether one of the two files, which are no texts to git, is one in UTF-16 that is wanted.
    private func hasMarkedText(
        _ difference: Difference, where isWanted: ([UInt8]) -> Bool
    ) throws(GitError) -> Bool {
        guard let delta = git_diff_get_delta(diff, difference.place)?.pointee else { return false }
        for file in [delta.old_file, delta.new_file] where file.mode != 0 {
            var blob: OpaquePointer?
            var id = file.id
            let bare = bare
            try check("git_blob_lookup") { git_blob_lookup(&blob, bare, &id) }
            defer { git_blob_free(blob) }
            let content = UnsafeRawBufferPointer(
                start: git_blob_rawcontent(blob), count: Int(git_blob_rawsize(blob)))
            guard UTF16Text.isMarked(Array(content.prefix(2))), let text = UTF16Text(Array(content)) else { continue }
            if isWanted(text.utf8) { return true }
        }
        return false
    }

    private func text(of difference: Difference) throws(GitError) -> [UInt8] {
        var patch: OpaquePointer?
        defer { git_patch_free(patch) }
        if let converted = difference.converted, let delta = git_diff_get_delta(diff, difference.place)?.pointee {
            var blob: OpaquePointer?
            var id = delta.old_file.id
            let bare = bare
            try check("git_blob_lookup") { git_blob_lookup(&blob, bare, &id) }
            defer { git_blob_free(blob) }
            var options = try diffOptions([GIT_DIFF_SHOW_BINARY])
            options.id_abbrev = UInt16(GIT_OID_HEXSZ)
            let path = difference.path.map { CChar(bitPattern: $0) } + [0]
            try check("git_patch_from_blob_and_buffer") {
                git_patch_from_blob_and_buffer(&patch, blob, path, converted, converted.count, path, &options)
            }
        } else {
            let diff = diff
            try check("git_patch_from_diff") { git_patch_from_diff(&patch, diff, difference.place) }
        }
        guard patch != nil else { return [] }
        var text = git_buf()
        defer { git_buf_dispose(&text) }
        try check("git_patch_to_buf") { git_patch_to_buf(&text, patch) }
        return Array(UnsafeRawBufferPointer(start: text.ptr, count: text.size))
    }
}

/// Files that are in the commit and stay, as their going is not told: git cannot put anything in their place.
private struct StayingFiles {
    private var files: Set<[UInt8]> = []
    private var folders: Set<[UInt8]> = []

    mutating func insert(_ path: [UInt8]) {
        files.insert(path)
        for place in path.indices where path[place] == UInt8(ascii: "/") { folders.insert(Array(path[..<place])) }
    }

    func areInTheWay(of path: [UInt8]) -> Bool {
        if files.isEmpty { return false }
        return files.contains(path) || folders.contains(path)
            || path.indices.contains { path[$0] == UInt8(ascii: "/") && files.contains(Array(path[..<$0])) }
    }
}
