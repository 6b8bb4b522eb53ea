internal import CGit2
internal import SystemCalls
internal import SystemPackage

/// The rules of what is ignored.
extension WorkTreeWalk {
    /// Larger files of rules are not read.
    private static let largestRules = 1 << 20

    /// The rules of a repository itself, before those of its folders.
    mutating func rules(of tracked: TrackedFiles?, base: Int) -> IgnoreStack? {
        let file: FilePath
        if let repository = tracked?.repository, let common = git_repository_commondir(repository) {
            file = FilePath(platformString: common).appending("info/exclude")
        } else if base == 0 {
            // A repository of a kind that libgit2 cannot read has its rules at the same place.
            file = root.appending(".git/info/exclude")
        } else {
            return global.map { IgnoreStack($0.rebased(base), outer: nil) }
        }
        let outer = global.map { IgnoreStack($0.rebased(base), outer: nil) }
        guard let bytes = Self.read(file, &notes) else { return outer }
        return IgnoreStack(IgnoreList(file: bytes, base: base), outer: outer)
    }

    /// The user's own rules, for all repositories.
    static func globalRules(
        _ tracked: TrackedFiles?, _ root: FilePath, _ notes: inout SnapshotNotes
    ) -> IgnoreStack? {
        guard let tracked else { return nil }
        var settings: OpaquePointer?
        guard git_repository_config_snapshot(&settings, tracked.repository) == 0 else { return nil }
        defer { git_config_free(settings) }
        var path = git_buf()
        defer { git_buf_dispose(&path) }
        if git_config_get_path(&path, settings, "core.excludesfile") == 0, let text = path.ptr {
            // git runs in the work tree.
            let file = root.pushing(FilePath(platformString: text))
            return read(file, &notes).map { IgnoreStack(IgnoreList(file: $0, base: 0), outer: nil) }
        }
        // gitignore(5): where it is when no setting says so.
        var found = git_buf()
        defer { git_buf_dispose(&found) }
        guard CGit2_searchPath(GIT_CONFIG_LEVEL_XDG.rawValue, &found) == 0, let text = found.ptr else { return nil }
        let file = FilePath(platformString: text).appending("ignore")
        return read(file, &notes).map { IgnoreStack(IgnoreList(file: $0, base: 0), outer: nil) }
    }

    /// A file of rules that git itself would follow a link to.
    private static func read(_ path: FilePath, _ notes: inout SnapshotNotes) -> [UInt8]? {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor(opening: path, .readOnly, options: .nonBlocking)
            switch try file.status().kind {
            case .regular: return try file.readToEnd(limit: largestRules)
            // `/dev/null` is how one says that there are none.
            case .characterDevice: return nil
            default: notes.leaveRules(path, "it is no plain file")
            }
        } catch {
            if error.errno != .noSuchFileOrDirectory, error.errno != .notDirectory {
                notes.leaveRules(path, reason(error))
            }
        }
        return nil
    }

    private static func reason(_ error: SystemCallError) -> String {
        error.errno == .fileTooLarge ? "it has more than \(largestRules) bytes" : "\(error)"
    }

    mutating func readRules(in descriptor: borrowing OwnedDescriptor, of folder: WorkFolder) -> IgnoreList? {
        let path = (folder.path.isEmpty ? folder.path : folder.path + [UInt8(ascii: "/")]) + Array(".gitignore".utf8)
        do throws(SystemCallError) {
            let file = try descriptor.openBeneath(".gitignore")
            let status = try file.status()
            guard status.kind == .regular else { return nil }
            guard settings.owners.contains(status.owner) else {
                notes.leaveRules(
                    FilePath(bytes: path),
                    "it belongs to user \(status.owner), whose files are not read (name the user under `owners`)")
                return nil
            }
            return IgnoreList(
                file: try file.readToEnd(limit: Self.largestRules),
                base: folder.path.isEmpty ? 0 : folder.path.count + 1)
        } catch {
            // git follows no link here either.
            if error.errno == .tooManySymbolicLinkLevels || error.errno == .noSuchFileOrDirectory { return nil }
            notes.leaveRules(FilePath(bytes: path), Self.reason(error))
            return nil
        }
    }
}

extension SnapshotNotes {
    /// Says that rules were not read.
    fileprivate mutating func leaveRules(_ path: FilePath, _ reason: String) {
        problems.append(
            "snapshot: the rules in \(path.shown) were not read, and what they ignore was not left out: \(reason)")
    }
}
