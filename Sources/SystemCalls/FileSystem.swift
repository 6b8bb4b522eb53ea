internal import CLinux
internal import Glibc
public import SystemPackage

/// The calls that work on names rather than on open files.
public enum FileSystem {
    /// Gives a file another name, in one step; with `replacing`, whatever had that name is gone (rename(2)).
    ///
    /// Without `replacing`, a name that is taken is `EEXIST`.
    public static func rename(_ old: FilePath, to new: FilePath, replacing: Bool = true) throws(SystemCallError) {
        try renameAt(AT_FDCWD, old, AT_FDCWD, new, replacing)
    }

    /// Gives a file a second name (link(2)); a symbolic link is not followed, a taken name is `EEXIST`.
    public static func link(_ old: FilePath, to new: FilePath) throws(SystemCallError) {
        try checked("link", "\(old.shown) to \(new.shown)") {
            old.withPlatformString { old in new.withPlatformString { Glibc.link(old, $0) } }
        }
    }

    /// Gives a file a second name, or makes a durable copy of it where there cannot be one: on another file system, on one without
    /// such names, or when the file has as many as it may have. A taken name is `EEXIST`.
    public static func linkOrCopy(_ old: FilePath, to new: FilePath) throws(SystemCallError) {
        do throws(SystemCallError) { try link(old, to: new) } catch {
            switch error.errno {
            case .improperLink, .tooManyLinks, .notPermitted, .notSupported, .noFunction: break
            default: throw error
            }
            let source = try OwnedDescriptor(opening: old, .readOnly, options: .noFollow)
            let copy = try DurableFile(at: new)
            while true {
                let piece = try source.read(atMost: 1 << 20)
                if piece.isEmpty { break }
                try copy.write(piece)
            }
            try copy.commit(replacing: false)
        }
    }

    /// Removes a name that is no directory.
    public static func remove(_ path: FilePath) throws(SystemCallError) {
        try checked("unlink", path.shown) { path.withPlatformString { unlink($0) } }
    }

    /// Removes an empty directory.
    public static func removeDirectory(_ path: FilePath) throws(SystemCallError) {
        try checked("rmdir", path.shown) { path.withPlatformString { rmdir($0) } }
    }

    /// Removes a directory and everything below it, following no link; one that is not there is no error.
    public static func removeTree(_ path: FilePath) throws(SystemCallError) {
        guard let status = try FileStatus.ifPresent(path) else { return }
        guard status.kind == .directory else { return try remove(path) }
        let directory = try OwnedDescriptor(directory: path, followingLinks: false)
        try directory.removeContents()
        try removeDirectory(path)
    }

    /// Makes a symbolic link at `path` that says `target`.
    public static func makeSymbolicLink(at path: FilePath, to target: FilePath) throws(SystemCallError) {
        try checked("symlink", path.shown) {
            target.withPlatformString { target in path.withPlatformString { symlink(target, $0) } }
        }
    }

    /// What a symbolic link says.
    public static func target(ofLink path: FilePath) throws(SystemCallError) -> FilePath {
        try linkTarget(AT_FDCWD, path)
    }

    /// The path without links, `.` and `..`; everything in it has to be there (realpath(3)).
    public static func resolve(_ path: FilePath) throws(SystemCallError) -> FilePath {
        guard let resolved = path.withPlatformString({ realpath($0, nil) }) else {
            throw SystemCallError(call: "realpath", subject: path.shown, errno: Errno(rawValue: Glibc.errno))
        }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }

    /// Whether this process may use the path in these ways (access(2)).
    public static func isPermitted(_ path: FilePath, executing: Bool = false, writing: Bool = false) -> Bool {
        let mode = R_OK | (executing ? X_OK : 0) | (writing ? W_OK : 0)
        return path.withPlatformString { access($0, mode) } == 0
    }
}

extension OwnedDescriptor {
    /// Gives an entry of this directory another name in it, in one step; without `replacing`, a taken name is `EEXIST`.
    public borrowing func rename(_ old: FilePath, to new: FilePath, replacing: Bool = true) throws(SystemCallError) {
        try renameAt(number, old, number, new, replacing)
    }

    /// Removes an entry of this directory that is no directory itself.
    public borrowing func remove(_ path: FilePath) throws(SystemCallError) {
        try unlinkAt(number, path, 0)
    }

    /// Removes an empty directory in this one.
    public borrowing func removeDirectory(_ path: FilePath) throws(SystemCallError) {
        try unlinkAt(number, path, AT_REMOVEDIR)
    }

    /// What a symbolic link in this directory says.
    public borrowing func target(ofLink path: FilePath) throws(SystemCallError) -> FilePath {
        try linkTarget(number, path)
    }

    /// Makes a symbolic link in this directory that says exactly these bytes (symlinkat(2)); a taken name is `EEXIST`.
    public borrowing func makeSymbolicLink(_ path: FilePath, saying target: [UInt8]) throws(SystemCallError) {
        guard !target.contains(0) else {
            throw SystemCallError(call: "symlinkat", subject: path.shown, errno: .invalidArgument)
        }
        let number = number
        // No `FilePath`, which would drop a slash at the end.
        let text = target.map { CInterop.PlatformChar(bitPattern: $0) } + [0]
        try checked("symlinkat", path.shown) { path.withPlatformString { symlinkat(text, number, $0) } }
    }

    fileprivate borrowing func removeContents() throws(SystemCallError) {
        let number = number
        var names: [(name: [CInterop.PlatformChar], kind: FileKind)] = []
        try forEachName { name, kind, _ in
            names.append((name.map { CInterop.PlatformChar(bitPattern: $0) } + [0], kind))
        }
        for (name, kind) in names {
            var isDirectory = kind == .directory
            if !isDirectory {
                // Of many files the paths would cost more than removing them does.
                if unlinkat(number, name, 0) == 0 { continue }
                // Some file systems tell no kind (getdents64(2)).
                isDirectory = Glibc.errno == EISDIR
            }
            let path = FilePath(platformString: name)
            guard isDirectory else {
                try remove(path)
                continue
            }
            try openDirectory(path).removeContents()
            try removeDirectory(path)
        }
    }
}

private func renameAt(
    _ oldDirectory: Int32, _ old: FilePath, _ newDirectory: Int32, _ new: FilePath, _ replacing: Bool
) throws(SystemCallError) {
    try checked("renameat2", "\(old.shown) to \(new.shown)") {
        old.withPlatformString { old in
            new.withPlatformString {
                clinux_renameat2(oldDirectory, old, newDirectory, $0, replacing ? 0 : clinux_rename_noreplace)
            }
        }
    }
}

private func unlinkAt(_ directory: Int32, _ path: FilePath, _ flags: Int32) throws(SystemCallError) {
    try checked("unlinkat", path.shown) { path.withPlatformString { unlinkat(directory, $0, flags) } }
}

private func linkTarget(_ directory: Int32, _ path: FilePath) throws(SystemCallError) -> FilePath {
    // symlink(2): a target has at most PATH_MAX bytes, the final zero included.
    try withTemporaryBuffer(Int(PATH_MAX) + 1) { (buffer) throws(SystemCallError) in
        buffer.initializeMemory(as: CInterop.PlatformChar.self, repeating: 0)
        guard let start = buffer.baseAddress else { return FilePath() }
        let text = start.assumingMemoryBound(to: CInterop.PlatformChar.self)
        try checked("readlinkat", path.shown) {
            path.withPlatformString { readlinkat(directory, $0, text, Int(PATH_MAX)) }
        }
        return FilePath(platformString: text)
    }
}

extension FileSystem {
    /// Gives a file new content, so that who reads it sees the old one or the new one whole; it may be lost when power fails.
    ///
    /// It gets exactly these permissions. What a killed process leaves behind is a file with a dot before its name.
    public static func replace(
        _ path: FilePath, with bytes: [UInt8], permissions: FilePermissions
    ) throws(SystemCallError) {
        let temporary = path.removingLastComponent().appending(".\(path.lastComponent?.string ?? "").new")
        // What is left there may be a link to somewhere else.
        if try FileStatus.ifPresent(temporary) != nil { try remove(temporary) }
        let file = try OwnedDescriptor(
            opening: temporary, .writeOnly, options: [.create, .exclusiveCreate, .noFollow], permissions: permissions)
        let number = file.number
        do throws(SystemCallError) {
            try checked("fchmod", temporary.shown) { fchmod(number, mode_t(permissions.rawValue)) }
            try file.write(bytes)
            try rename(temporary, to: path)
        } catch {
            try? remove(temporary)
            throw error.about(path)
        }
    }
}
