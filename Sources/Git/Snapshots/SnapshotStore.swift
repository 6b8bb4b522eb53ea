internal import Bytes
internal import CGit2
internal import SystemCalls
internal import SystemPackage

/// A bare repository of the agent's own that holds the trees of one project, locked for as long as this value lives.
///
/// What may be removed from one, and when, is told at `Trials.Snapshot`.
final class SnapshotStore {
    /// What it is called, without its ending.
    let name: String
    let path: FilePath
    private let lock: StoreLock
    /// Why nothing new is to be stored; nil where it is.
    private let refusal: String?
    /// Bytes of the packs that were put in place.
    private(set) var written = 0
    /// The files and trees of its last snapshot.
    let known: KnownFiles
    private var pack: PackWriter?
    private var objects: OpaquePointer?

    /// The name of the store for the project whose files lie below `root`, which has no links in it: it stays the same for as
    /// long as the folder is where it is.
    static func name(for root: FilePath) -> String {
        let digest = root.withPlatformString { SHA256.digest(of: String(cString: $0)) }
        let letters = (root.lastComponent?.string ?? "").unicodeScalars.prefix(40).map { scalar -> String in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain ? String(scalar) : "-"
        }
        return "\(letters.joined())-\(digest.hex.prefix(12))"
    }

    /// Opens the store `<folder>/<name>.git`, which is made when it is not there. With a `refusal` it takes nothing that it does
    /// not have. `waiting` is called again and again while it is waited for who has it.
    init(
        _ name: String, in folder: FilePath, refusing refusal: String? = nil, within patience: Duration,
        waiting: () -> Void
    ) throws(SnapshotError) {
        let path = folder.appending(name + ".git")
        self.path = path
        self.name = name
        self.refusal = refusal
        let isMade = (try? FileStatus.ifPresent(path.appending("HEAD"))) != nil
        if !isMade { try SpareRoom.check(folder) }
        do throws(SystemCallError) {
            if !isMade { try Self.make(path) }
        } catch {
            throw SnapshotError("opening the store of snapshots \(path.shown)", error)
        }
        guard let lock = try StoreLock(of: path, within: patience, waiting: waiting) else {
            throw SnapshotError("opening the store of snapshots \(path.shown)", "it is being cleaned up just now")
        }
        self.lock = lock
        known = KnownFiles(at: path.appending("known"))
        do throws(SnapshotError) { try SpareRoom.check(folder) } catch {
            removeLeftovers()
            try SpareRoom.check(folder)
        }
    }

    deinit { git_odb_free(objects) }

    private static func make(_ path: FilePath) throws(SystemCallError) {
        for folder in ["objects/pack", "objects/info", "refs/heads", "refs/snapshots"] {
            try FileSystem.makeDirectories(path.appending(folder))
        }
        try writeSettings(of: path)
        try DurableFile.write(Array("ref: refs/heads/none\n".utf8), to: path.appending("HEAD"))
    }

    /// Writes the settings of the store at `path`, unless it has just those.
    static func writeSettings(of path: FilePath) throws(SystemCallError) {
        // No other tool is to pack or prune here. And what libgit2 packs has to fit into a capture worker's memory, whatever the
        // user's own settings say; the size of its cache is also the size from which on files are not compared.
        let settings = Array(
            """
            [core]
            \trepositoryformatversion = 0
            \tfilemode = true
            \tbare = true
            [gc]
            \tauto = 0
            [pack]
            \tdeltaCacheSize = 33554432
            \tdeltaCacheLimit = 1000
            \twindowMemory = 67108864

            """.utf8)
        let file = path.appending("config")
        if try FileStatus.ifPresent(file) != nil,
            try OwnedDescriptor(opening: file, .readOnly, options: .noFollow).readToEnd(limit: 1 << 20) == settings
        {
            return
        }
        try DurableFile.write(settings, to: file)
    }

    /// Whether a capture has named a tree in it.
    var hasSnapshot: Bool { SnapshotStores.hasSnapshot(path) }

    /// Where its objects are, for whoever reads them.
    var objectFolder: FilePath { path.appending("objects") }

    /// Whether it has an object, or is about to.
    func has(_ id: ObjectID) throws(SnapshotError) -> Bool {
        if pack?.contains(id) == true { return true }
        if objects == nil {
            removeLeftovers()
            do throws(GitError) {
                try check("git_odb_open") { objectFolder.withPlatformString { git_odb_open(&objects, $0) } }
            } catch {
                throw SnapshotError("opening the store of snapshots \(path.shown)", "\(error)")
            }
        }
        var raw = id.raw
        return git_odb_exists_ext(objects, &raw, UInt32(GIT_ODB_LOOKUP_NO_REFRESH.rawValue)) == 1
    }

    /// Adds an object, unless it is there; true when it was written.
    func add(_ kind: ObjectKind, _ bytes: [UInt8], as id: ObjectID) throws(SnapshotError) {
        if try has(id) { return }
        try begin()
        try pack?.add(kind, bytes, as: id)
    }

    /// Adds a blob that comes piece by piece; `body` is called when it is not there, and says whether it came whole. False when it
    /// did not, and nothing is added.
    func addBlob(
        _ id: ObjectID, size: Int, _ body: (inout PackWriter) throws(SnapshotError) -> Bool
    ) throws(SnapshotError) -> Bool {
        if try has(id) { return true }
        try begin()
        guard var writer = pack.take() else { return false }
        var isWhole = true
        do throws(SnapshotError) {
            if writer.begin(.blob, size: size, id) {
                do throws(SnapshotError) { isWhole = try body(&writer) } catch {
                    try writer.abandon()
                    throw error
                }
                if isWhole { writer.finish(id) } else { try writer.abandon() }
            }
        } catch {
            pack = consume writer
            throw error
        }
        pack = consume writer
        return isWhole
    }

    /// Removes what killed captures left.
    private func removeLeftovers() {
        for entry in (try? FileSystem.entries(of: objectFolder.appending("pack"))) ?? []
        where entry.name.string.hasPrefix("tmp_") {
            try? FileSystem.remove(objectFolder.appending("pack").appending(entry.name))
        }
    }

    private func begin() throws(SnapshotError) {
        if let refusal { throw SnapshotError("storing what is new", refusal) }
        if pack == nil { pack = try PackWriter(in: objectFolder.appending("pack")) }
    }

    /// Puts what was added in place.
    func commit() throws(SnapshotError) {
        guard let writer = pack.take() else { return }
        if writer.isEmpty { return writer.discard() }
        written += try writer.commit()
        git_odb_free(objects)
        objects = nil
    }

    /// Throws away what was added and not put in place.
    func discard() {
        if let writer = pack.take() { writer.discard() }
    }

    /// Names a tree whose objects are all in place, so that they are kept.
    func protect(_ tree: ObjectID) throws(SnapshotError) {
        let reference = path.appending("refs/snapshots/\(tree)")
        do throws(SystemCallError) {
            if try FileStatus.ifPresent(reference) != nil {
                try OwnedDescriptor(opening: reference, .readOnly, options: .noFollow).touch()
            } else {
                try DurableFile.write(Array("\(tree)\n".utf8), to: reference)
            }
        } catch {
            throw SnapshotError("naming a snapshot in \(path.shown)", error)
        }
    }

    /// Remembers the files and the trees of a snapshot. It may be lost: it costs only time.
    func remember(_ files: FilesByInode, trees: [ObjectID]) {
        let temporary = path.appending("known.tmp")
        guard
            let file = try? OwnedDescriptor(
                opening: temporary, .writeOnly, options: [.create, .truncate, .noFollow],
                permissions: [.ownerRead, .ownerWrite])
        else { return }
        do throws(SystemCallError) {
            try KnownFiles.write(files, trees: trees, to: file)
            try FileSystem.rename(temporary, to: path.appending("known"))
        } catch {
            try? FileSystem.remove(temporary)
        }
    }
}
