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

/// A folder below which files are read safely: no link is followed, nothing blocks, nothing large or foreign is read.
struct SafeFolder: ~Copyable {
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

    /// The entries of a folder below this one, or of this one, by name; with `isWanted` only those whose names it takes.
    func entries(
        of folder: FilePath = "", where isWanted: ((String) -> Bool)? = nil
    ) throws(SystemCallError) -> [DirectoryEntry] {
        let found =
            folder.isEmpty
            ? try descriptor.entries() : try descriptor.openBeneath(folder, options: .directory).entries()
        let named = found.lazy.map { (name: $0.name.string, entry: $0) }.filter { isWanted?($0.name) ?? true }
        return named.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }.map(\.entry)
    }

    /// True when a regular file or a folder is there.
    func contains(_ file: FilePath) -> Bool { (try? descriptor.openBeneath(file)) != nil }

    /// A file whole; one of more than `limit` bytes, or one that does not stand still, is refused.
    func read(_ file: FilePath, limit: Int) throws(UnreadFile) -> [UInt8] {
        for _ in 0..<3 {
            let (bytes, before, after) = try attempt(file, Int.max, limit)
            if before == after, bytes.count == Int(after.size) { return bytes }
        }
        throw .refused("it kept changing while it was read")
    }

    /// The first bytes of a file, however long it is.
    func beginning(of file: FilePath, count: Int) throws(UnreadFile) -> [UInt8] {
        try attempt(file, count, nil).bytes
    }

    private func attempt(
        _ file: FilePath, _ count: Int, _ limit: Int?
    ) throws(UnreadFile) -> (bytes: [UInt8], before: FileStatus, after: FileStatus) {
        do {
            let opened = try open(file)
            let before = try opened.status()
            guard before.kind == .regular else { throw UnreadFile.refused("it is no regular file") }
            guard owners.contains(before.owner) else {
                throw UnreadFile.refused(
                    "it belongs to user \(before.owner), whose files are not read (name the user under `owners`)")
            }
            if let limit, before.size > limit {
                throw UnreadFile.refused("it has \(before.size) bytes, more than the \(limit) that are read")
            }
            let bytes = try opened.read(min(count, Int(before.size)), at: 0)
            return (bytes, before, try opened.status())
        } catch let error as UnreadFile {
            throw error
        } catch let error as SystemCallError {
            throw Self.reason(error)
        } catch {
            throw .refused("\(error)")
        }
    }

    private func open(_ file: FilePath) throws(SystemCallError) -> OwnedDescriptor {
        do throws(SystemCallError) {
            return try descriptor.openBeneath(file)
        } catch {
            guard followsStores, error.errno == .tooManySymbolicLinkLevels else { throw error }
            let stored = try FileSystem.resolve(path.pushing(file))
            guard stored.lastComponent == file.lastComponent else { throw error }
            return try OwnedDescriptor(opening: stored, .readOnly, options: [.noFollow, .nonBlocking])
        }
    }

    private static func reason(_ error: SystemCallError) -> UnreadFile {
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
