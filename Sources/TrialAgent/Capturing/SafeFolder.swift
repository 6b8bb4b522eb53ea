internal import SystemCalls
internal import SystemPackage

/// Why a file below a folder was not read.
enum UnreadFile: Error, Equatable, CustomStringConvertible {
    /// Nothing is there.
    case absent
    /// Something is there that is not read, and why.
    case refused(String)

    var description: String {
        switch self {
        case .absent: "nothing is there"
        case .refused(let reason): reason
        }
    }
}

/// A regular file that was opened safely: it belongs to somebody whose files are read.
struct OpenedFile: ~Copyable, Sendable {
    let descriptor: OwnedDescriptor
    /// As it was when it was opened.
    let status: FileStatus

    fileprivate init(_ descriptor: consuming OwnedDescriptor) throws(SystemCallError) {
        status = try descriptor.status()
        self.descriptor = descriptor
    }
}

/// A file's bytes, and what stat says of them.
struct FileContent: Sendable {
    let bytes: [UInt8]
    let status: FileStatus
}

/// A folder below which files are read safely: no link is followed, nothing blocks, nothing large or foreign is read.
struct SafeFolder: ~Copyable, Sendable {
    let path: FilePath
    private let descriptor: OwnedDescriptor
    private let owners: Set<UInt32>
    private let followsStores: Bool

    /// Opens a folder; the path to it may lead over links. Files of `owners` and of root are read.
    init(_ path: FilePath, owners: some Sequence<UInt32>) throws(SystemCallError) {
        try self.init(path, owners: owners, followsStores: false)
    }

    private init(
        _ path: FilePath, owners: some Sequence<UInt32>, followsStores: Bool
    ) throws(SystemCallError) {
        self.path = path
        descriptor = try OwnedDescriptor(directory: path)
        self.owners = Set(owners).union([0])
        self.followsStores = followsStores
    }

    /// As above, for a folder of packages, which may have been installed by somebody else for all: its owner counts, too.
    ///
    /// Package stores (`uv --link-mode symlink`, Nix) fill such folders with links to files of the same name; these are
    /// followed, and no other.
    static func packages(_ path: FilePath, owners: some Sequence<UInt32>) throws(SystemCallError) -> SafeFolder {
        let owner = try FileStatus(of: path, followingLinks: true).owner
        return try SafeFolder(path, owners: Array(owners) + [owner], followsStores: true)
    }

    /// A small text file of an installation, whoever made it: nil when it cannot be read safely.
    static func text(_ file: FilePath.Component, of place: FilePath) -> String? {
        guard let folder = try? packages(place, owners: []),
            let bytes = try? folder.read(FilePath(root: nil, [file]), limit: 1 << 16)
        else { return nil }
        return String(String(decoding: bytes, as: UTF8.self).trimmedASCII)
    }

    /// The entries of a folder below this one, or of this one, by name; with `isWanted` only those whose names it takes.
    func entries(
        of folder: FilePath = "", where isWanted: ((String) -> Bool)? = nil
    ) throws(SystemCallError) -> [DirectoryEntry] {
        try named(folder) { isWanted?($0) ?? true }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }.map(
            \.entry)
    }

    /// The entries of this folder whose names `isWanted` takes, in the order in which the file system has them.
    func entriesAsTheyCome(where isWanted: (String) -> Bool) throws(SystemCallError) -> [DirectoryEntry] {
        try named("", isWanted).map(\.entry)
    }

    private func named(
        _ folder: FilePath, _ isWanted: (String) -> Bool
    ) throws(SystemCallError) -> [(name: String, entry: DirectoryEntry)] {
        let isWanted = { (name: UnsafeBufferPointer<UInt8>) in isWanted(String(decoding: name, as: UTF8.self)) }
        let found =
            folder.isEmpty
            ? try descriptor.entries(where: isWanted)
            : try descriptor.openBeneath(folder, options: .directory).entries(where: isWanted)
        return found.map { ($0.name.string, $0) }
    }

    /// True when a regular file or a folder is there.
    func contains(_ file: FilePath) -> Bool { (try? descriptor.openBeneath(file)) != nil }

    /// What lies at a path, itself and not what it leads to when it is a link, and then what the link says.
    func look(at path: FilePath) throws(UnreadFile) -> (status: FileStatus, target: FilePath?) {
        guard let name = path.lastComponent else { throw .refused("it is the folder itself") }
        let folder = path.removingLastComponent()
        do throws(SystemCallError) {
            let name = FilePath(root: nil, [name])
            if folder.isEmpty { return try Self.look(at: name, in: descriptor) }
            return try Self.look(at: name, in: descriptor.openBeneath(folder, options: .directory))
        } catch {
            throw Self.reason(error)
        }
    }

    private static func look(
        at name: FilePath, in folder: borrowing OwnedDescriptor
    ) throws(SystemCallError) -> (FileStatus, FilePath?) {
        let status = try folder.status(of: name)
        return (status, status.kind == .symbolicLink ? try folder.target(ofLink: name) : nil)
    }

    /// A regular file, opened; one of more than `limit` bytes is refused.
    func open(_ file: FilePath, limit: Int? = nil) throws(UnreadFile) -> OpenedFile {
        let opened = try opened(file)
        switch opened.status.kind {
        case .regular: break
        case .directory: throw .refused("it is a folder")
        default: throw .refused("it is no regular file")
        }
        guard owners.contains(opened.status.owner) else {
            throw .refused(
                "it belongs to user \(opened.status.owner), whose files are not read (name the user under `owners`)")
        }
        if let limit, opened.status.size > limit {
            throw .refused("it has \(opened.status.size) bytes, more than the \(limit) that are read")
        }
        return opened
    }

    /// A file whole; one of more than `limit` bytes, or one that does not stand still, is refused.
    func read(_ file: FilePath, limit: Int) throws(UnreadFile) -> [UInt8] { try content(of: file, limit: limit).bytes }

    /// A file whole, with its status; refused as by `read`.
    func content(of file: FilePath, limit: Int) throws(UnreadFile) -> FileContent {
        for _ in 0..<3 {
            let opened = try open(file, limit: limit)
            let bytes = try Self.read(opened, Int(opened.status.size), at: 0)
            let after = try Self.reasoned { () throws(SystemCallError) in try opened.descriptor.status() }
            if opened.status == after, bytes.count == Int(after.size) {
                return FileContent(bytes: bytes, status: after)
            }
        }
        throw .refused("it kept changing while it was read")
    }

    /// The first bytes of a file, however long it is.
    func beginning(of file: FilePath, count: Int) throws(UnreadFile) -> [UInt8] {
        let opened = try open(file)
        return try Self.read(opened, min(count, Int(opened.status.size)), at: 0)
    }

    /// The last bytes of a file, however long it is.
    func end(of file: FilePath, count: Int) throws(UnreadFile) -> FileContent {
        let opened = try open(file)
        let count = min(count, Int(opened.status.size))
        let bytes = try Self.read(opened, count, at: opened.status.size - Int64(count))
        return FileContent(bytes: bytes, status: opened.status)
    }

    private static func read(
        _ file: borrowing OpenedFile, _ count: Int, at offset: Int64
    ) throws(UnreadFile) -> [UInt8] {
        try reasoned { () throws(SystemCallError) in try file.descriptor.read(count, at: offset) }
    }

    private static func reasoned<Value>(
        _ body: () throws(SystemCallError) -> Value
    ) throws(UnreadFile) -> Value {
        do throws(SystemCallError) { return try body() } catch { throw reason(error) }
    }

    private func opened(_ file: FilePath) throws(UnreadFile) -> OpenedFile {
        do throws(SystemCallError) { return try OpenedFile(openAnything(file)) } catch { throw Self.reason(error) }
    }

    private func openAnything(_ file: FilePath) throws(SystemCallError) -> OwnedDescriptor {
        do throws(SystemCallError) {
            return try descriptor.openBeneath(file)
        } catch {
            guard followsStores, error.errno == .tooManySymbolicLinkLevels else { throw error }
            let stored = try FileSystem.resolve(path.pushing(file))
            guard stored.lastComponent == file.lastComponent else { throw error }
            return try OwnedDescriptor(opening: stored, .readOnly, options: [.noFollow, .nonBlocking])
        }
    }

    static func reason(_ error: SystemCallError) -> UnreadFile {
        switch error.errno {
        case .noSuchFileOrDirectory, .notDirectory: .absent
        case .tooManySymbolicLinkLevels: .refused("it lies behind a symbolic link, and links are not followed")
        case .improperLink: .refused("it lies outside its folder")
        case .permissionDenied: .refused("reading it is not permitted")
        case .noSuchAddressOrDevice: .refused("it is no regular file")
        default: .refused("\(error)")
        }
    }
}
