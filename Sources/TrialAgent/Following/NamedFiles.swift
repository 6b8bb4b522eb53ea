import SystemCalls
import SystemPackage

/// A file that a marker names, in a folder whose files it may name.
struct NamedFile: Hashable, Sendable {
    /// The project's folder, or one of those that the project's settings allow.
    let folder: FilePath
    /// The path below it.
    let path: FilePath
    /// The path as it is recorded: below the project, or the whole path of what lies outside.
    let recorded: String
    /// The same for people.
    let shown: String
}

/// The files that a glob matches, and what was not found or left out, each as a sentence for the user.
struct NamedMatches: Equatable, Sendable {
    var files: [NamedFile] = []
    var problems: [String] = []
}

/// The one safe door to the files that a marker names: they lie in its project or in a folder that is allowed; no link is
/// followed, nothing blocks, nothing foreign is read.
struct NamedFiles: ~Copyable, Sendable {
    /// Where a marker's files may lie, and whose they may be.
    struct Scope: Hashable, Sendable {
        /// The project's folder.
        var project: FilePath
        /// The marker's folder, below the project's; relative paths start there.
        var markerFolder: FilePath
        /// Users whose files are read, besides root.
        var owners: Set<UInt32>
        /// Folders outside the project whose files may be named.
        var allowed: [FilePath] = []
    }

    /// The most files that one glob gives.
    static let mostMatches = 1000

    private let scope: Scope
    private let folder: SafeFolder
    private let bases: [Base]

    /// What paths may begin with, and the folder that it stands for.
    private struct Base: Sendable {
        let prefix: [FilePath.Component]
        let folder: FilePath
    }

    /// Opens the project's folder; see ``Scope``.
    init(project: FilePath, markerFolder: FilePath, owners: Set<UInt32>, allowed: [FilePath]) throws(UnreadFile) {
        try self.init(Scope(project: project, markerFolder: markerFolder, owners: owners, allowed: allowed))
    }

    /// Opens the project's folder.
    init(_ scope: Scope) throws(UnreadFile) {
        var scope = scope
        scope.project.lexicallyNormalize()
        do throws(SystemCallError) {
            folder = try SafeFolder(scope.project, owners: scope.owners)
        } catch {
            throw SafeFolder.reason(error)
        }
        let folders = [scope.project] + scope.allowed.map { scope.project.pushing($0).lexicallyNormalized() }
        bases = folders.flatMap { folder in
            // A program may name by its own path what the configuration names by one that leads over links.
            let real = (try? FileSystem.resolve(folder)) ?? folder
            return (real == folder ? [folder] : [folder, real]).map {
                Base(prefix: Array($0.components), folder: folder)
            }
        }
        self.scope = scope
    }

    /// The file that a path of the marker means, there or not.
    func file(_ path: String) throws(UnreadFile) -> NamedFile {
        let (base, below) = try place(of: path)
        return named(base.folder, below.isEmpty ? "." : FilePath(root: nil, below.map(\.name)))
    }

    /// The file whose name has more behind it: `data.bin` and `.dvc`.
    func file(beside file: NamedFile, adding suffix: String) -> NamedFile? {
        guard let name = file.path.lastComponent, let text = String(validating: name) else { return nil }
        return named(file.folder, file.path.removingLastComponent().appending(text + suffix))
    }

    /// What lies there: itself and not what it leads to when it is a link, and then what the link says.
    func look(at file: NamedFile) throws(UnreadFile) -> (status: FileStatus, target: FilePath?) {
        guard file.folder != scope.project else { return try folder.look(at: file.path) }
        return try opened(file.folder).look(at: file.path)
    }

    /// A file whole; one of more than `limit` bytes, or one that does not stand still, is refused.
    func read(_ file: NamedFile, limit: Int) throws(UnreadFile) -> FileContent {
        guard file.folder != scope.project else { return try folder.content(of: file.path, limit: limit) }
        return try opened(file.folder).content(of: file.path, limit: limit)
    }

    /// A regular file, opened; one of more than `limit` bytes is refused.
    func open(_ file: NamedFile, limit: Int? = nil) throws(UnreadFile) -> OpenedFile {
        guard file.folder != scope.project else { return try folder.open(file.path, limit: limit) }
        return try opened(file.folder).open(file.path, limit: limit)
    }

    /// The last bytes of a file, however long it is.
    func tail(_ file: NamedFile, bytes: Int) throws(UnreadFile) -> FileContent {
        guard file.folder != scope.project else { return try folder.end(of: file.path, count: bytes) }
        return try opened(file.folder).end(of: file.path, count: bytes)
    }

    /// The file of a path of the marker, whole.
    func read(_ path: String, limit: Int) throws(UnreadFile) -> [UInt8] { try read(file(path), limit: limit).bytes }

    /// The file of a path of the marker, opened.
    func open(_ path: String, limit: Int? = nil) throws(UnreadFile) -> OpenedFile {
        try open(file(path), limit: limit)
    }

    /// The last bytes of the file of a path of the marker.
    func tail(_ path: String, bytes: Int) throws(UnreadFile) -> FileContent { try tail(file(path), bytes: bytes) }

    /// The files that a path or glob of the marker means, folder by folder; a path without wildcards, and one that is a file's own
    /// name, is that file, there or not.
    func matches(_ glob: String) throws(UnreadFile) -> NamedMatches {
        let literal = Result { () throws(UnreadFile) in try file(glob) }
        if let file = try? literal.get(), (try? look(at: file)) != nil { return NamedMatches(files: [file]) }
        guard Self.hasWildcards(glob) else {
            return NamedMatches(files: [try literal.get()])
        }
        let (base, pattern) = try pattern(glob)
        var walk = FolderWalk(pattern, for: "`\(glob)`", atMost: Self.mostMatches)
        if base == scope.project { walk.run(in: folder) } else { walk.run(in: try opened(base)) }
        var matches = NamedMatches(problems: walk.problems)
        matches.files = walk.found.map { named(base, $0) }
        if walk.isCut {
            matches.problems.append(
                "`\(glob)` matches more than \(Self.mostMatches) files: only these first ones are recorded")
        } else if walk.found.isEmpty {
            matches.problems.append("`\(glob)` matches no file")
        }
        return matches
    }

    private func named(_ base: FilePath, _ path: FilePath) -> NamedFile {
        let recorded = base == scope.project ? path : base.pushing(path)
        return NamedFile(folder: base, path: path, recorded: recorded.string, shown: recorded.shown)
    }

    private func opened(_ folder: FilePath) throws(UnreadFile) -> SafeFolder {
        do throws(SystemCallError) { return try SafeFolder(folder, owners: scope.owners) } catch {
            throw SafeFolder.reason(error)
        }
    }

    /// The folder that a glob starts from, and the pattern below it.
    private func pattern(_ glob: String) throws(UnreadFile) -> (FilePath, PathPattern) {
        let (base, below) = try place(of: glob)
        do throws(GlobError) {
            return (base.folder, try PathPattern(below.map(\.pattern).joined(separator: "/")))
        } catch {
            throw .refused("`\(glob)` is no pattern, and no file has this name: \(error)")
        }
    }

    /// A component of a path, and the same as a pattern.
    private typealias Step = (name: FilePath.Component, pattern: String)

    /// The folder that a path or glob lies in, and the way from there. `..` is taken by the words of the path alone: no link
    /// is followed, so that it means the same.
    private func place(of text: String) throws(UnreadFile) -> (base: Base, below: ArraySlice<Step>) {
        guard !text.isEmpty, text.utf8.count < 4096, !text.utf8.contains(0) else {
            throw .refused("a path has 1 to 4095 bytes, and no NUL among them")
        }
        var steps: [Step] = []
        if !text.hasPrefix("/") {
            // Folders above the marker may have names that look like patterns.
            let start = scope.project.pushing(scope.markerFolder)
            steps = start.components.map { ($0, PathPattern.escaping($0.string)) }
        }
        var isBehindWildcard = false
        for part in text.split(separator: "/") where part != "." {
            if part == ".." {
                guard !isBehindWildcard else { throw .refused("`..` behind a wildcard says nothing") }
                _ = steps.popLast()
            } else if let name = FilePath.Component(String(part)) {
                isBehindWildcard = isBehindWildcard || Self.hasWildcards(part)
                steps.append((name, String(part)))
            }
        }
        for base in bases where steps.lazy.map(\.name).starts(with: base.prefix) {
            // FilePath's time is quadratic in them.
            guard steps.count <= 256 else { throw .refused("it lies more than 256 folders deep") }
            return (base, steps[base.prefix.count...])
        }
        throw .refused("it lies outside the project, where only files in folders under `allow_paths` are read")
    }

    private static func hasWildcards(_ text: some StringProtocol) -> Bool { text.contains { "*?[\\".contains($0) } }
}
