internal import CGit2
internal import SystemCalls
internal import SystemPackage

/// Makes of a stored tree the pack that other hosts get: all of its objects, or those that a commit lacks.
///
/// The same tree and commit give the same bytes. The store, which has to be locked, keeps the last pack in its folder `shared`,
/// so that a tree that is found again costs nothing; the file `note` there says what it is of, and is touched whenever it is
/// asked for.
struct PackSharing {
    private let store: FilePath
    private let tree: ObjectID
    /// The repository whose HEAD is to be had from a remote; nil when everything has to go along.
    private let base: TrackedFiles?
    private let settings: PackSettings
    private let isSecret: (_ path: [UInt8], _ content: [UInt8]) -> Bool
    private let lookedThrough: () -> Set<ObjectID>
    private let progress: @Sendable () -> Void

    /// Where a store keeps its last pack.
    static let folder = "shared"
    private static let ending = ".pack"
    private static let note = "note"
    /// An object is in memory while it is packed.
    private static let largestObject = 100_000_000
    private static let largestTree = 256 << 20
    /// Texts that are longer are not looked through.
    private static let largestText = 32 << 20
    private static let piece = 1 << 20
    /// A pack is kept by a server, for long: git's own level.
    private static let level: Int32 = 6

    /// Of a tree in the store at a path. `isSecret` says of a text that it must not leave this host; of what was looked through it
    /// is not asked again.
    init(
        of tree: ObjectID, in store: FilePath, besides base: TrackedFiles?, _ settings: PackSettings,
        isSecret: @escaping (_ path: [UInt8], _ content: [UInt8]) -> Bool,
        lookedThrough: @escaping () -> Set<ObjectID>, progress: @escaping @Sendable () -> Void
    ) {
        self.tree = tree
        self.store = store
        self.base = base
        self.settings = settings
        self.isSecret = isSecret
        self.lookedThrough = lookedThrough
        self.progress = progress
    }

    /// Makes it, or takes the last one; gives the reason when there is none, as the end of a sentence.
    func run() throws(SnapshotError) -> (pack: SnapshotPack?, reason: String?) {
        let known = note()
        let note: PackNote
        if let known, known.answers(tree, besides: base?.commit, atMost: settings.largest), isThere(known) {
            note = known
            try? OwnedDescriptor(opening: path(Self.note), .readOnly, options: .noFollow).touch()
        } else {
            note = try make()
        }
        switch note.outcome {
        case .made(_, let size) where size > settings.largest: return (nil, tooLarge)
        case .made(let digest, let size):
            return (SnapshotPack(file: try handOver(digest), digest: digest, size: size, base: note.base), nil)
        case .larger: return (nil, tooLarge)
        case .refused(let reason): return (nil, reason)
        }
    }

    private var tooLarge: String {
        "they take more than \(settings.largest) bytes, packed (snapshot: share)"
    }

    private func path(_ name: String) -> FilePath { store.appending(Self.folder).appending(name) }

    private func note() -> PackNote? {
        guard let file = try? OwnedDescriptor(opening: path(Self.note), .readOnly, options: [.noFollow, .nonBlocking]),
            let bytes = try? file.readToEnd(limit: 1 << 16)
        else { return nil }
        return String(validating: bytes, as: UTF8.self).flatMap { PackNote($0) }
    }

    private func isThere(_ note: PackNote) -> Bool {
        guard case .made(let digest, let size) = note.outcome else { return true }
        return (try? FileStatus.ifPresent(path(digest + Self.ending)))?.size == Int64(size)
    }

    /// Gives it a name that stays when the store keeps another one.
    private func handOver(_ digest: String) throws(SnapshotError) -> String {
        let name = "pack-" + String(UInt64.random(in: .min ... .max), radix: 36)
        do throws(SystemCallError) {
            try FileSystem.linkOrCopy(path(digest + Self.ending), to: settings.folder.appending(name))
        } catch {
            throw SnapshotError("handing over a pack", error)
        }
        return name
    }

    // MARK: Making it

    /// Why there is to be no pack.
    private enum Hindrance: Error {
        case outcome(PackNote.Outcome)
        case failure(SnapshotError)
    }

    private func make() throws(SnapshotError) -> PackNote {
        // Of a large tree that is as much as the pack takes.
        ProcessMemory.giveBackUnused()
        do throws(SystemCallError) {
            // The pack of before, and what a kill left.
            let folder = store.appending(Self.folder)
            try FileSystem.makeDirectories(folder)
            for entry in try FileSystem.entries(of: folder) { try FileSystem.remove(folder.appending(entry.name)) }
        } catch {
            throw SnapshotError("making room for a pack", error)
        }
        var writer = try PackWriter(in: store.appending(Self.folder), level: Self.level)
        do throws(Hindrance) { try write(to: &writer) } catch {
            writer.discard()
            switch error {
            case .outcome(let outcome): return try written(outcome)
            case .failure(let failure): throw failure
            }
        }
        let (digest, size) = try writer.commit(withEnding: Self.ending)
        return try written(
            size > settings.largest ? .larger(than: settings.largest) : .made(digest: digest, size: size))
    }

    private func written(_ outcome: PackNote.Outcome) throws(SnapshotError) -> PackNote {
        let note = PackNote(tree: tree, base: base?.commit, outcome)
        do throws(SystemCallError) {
            try FileSystem.replace(
                path(Self.note), with: Array(note.text.utf8), permissions: [.ownerRead, .ownerWrite])
        } catch {
            throw SnapshotError("writing down what a pack is of", error)
        }
        return note
    }

    private func read<Value: ~Copyable>(_ body: () throws(GitError) -> Value) throws(Hindrance) -> Value {
        do throws(GitError) { return try body() } catch {
            throw .failure(SnapshotError("packing a snapshot", "\(error)"))
        }
    }

    /// Writes what is not in the base, each folder before what is in it.
    private func write(to writer: inout PackWriter) throws(Hindrance) {
        let source = try read { () throws(GitError) in try ObjectStore(at: store.appending("objects")) }
        let known = try read { () throws(GitError) in try objectsOfBase() }
        let clean = lookedThrough()
        var waiting: [(path: [UInt8], tree: ObjectID)] = [([], tree)]
        while let (path, tree) = waiting.popLast() {
            guard !known.contains(tree), !writer.contains(tree) else { continue }
            let listing = try content(of: tree, path, atMost: Self.largestTree, in: source)
            guard let entries = TreeEntry.entries(in: listing) else {
                throw .failure(SnapshotError("packing a snapshot", "\(tree) is no tree"))
            }
            try add(.tree, listing, as: tree, to: &writer)
            let above = path.isEmpty ? [] : path + [UInt8(ascii: "/")]
            for entry in entries {
                guard !known.contains(entry.object), !writer.contains(entry.object) else { continue }
                let path = above + entry.name
                if isSecret(path, entry.name) {
                    let place = above.isEmpty ? "its root" : FilePath(bytes: above).shown
                    throw .outcome(.refused("a name in \(place) looks like a secret"))
                }
                if entry.mode & 0o170000 == 0o040000 {
                    waiting.append((path, entry.object))
                    continue
                }
                let found = try content(of: entry.object, path, atMost: Self.largestObject, in: source)
                // What is committed is in the tree as it is: on a remote it is known already, and else it stays here.
                if !clean.contains(entry.object) {
                    let shown = FilePath(bytes: path).shown
                    if found.isText, found.count > Self.largestText {
                        throw .outcome(.refused("\(shown) is a text too long to be looked through for secrets"))
                    }
                    if found.count <= Self.largestText, isSecret(path, found) {
                        throw .outcome(.refused("\(shown) holds what looks like a secret, and is committed"))
                    }
                }
                try add(.blob, found, as: entry.object, to: &writer)
            }
        }
    }

    private func content(
        of object: ObjectID, _ path: [UInt8], atMost limit: Int, in source: borrowing ObjectStore
    ) throws(Hindrance) -> [UInt8] {
        progress()
        var size = 0
        let found: [UInt8]?
        do throws(GitError) {
            size = try source.header(of: object)?.size ?? 0
            found = size > limit ? nil : try source.content(of: object, atMost: limit)
        } catch {
            throw .failure(SnapshotError("packing a snapshot", "\(error)"))
        }
        if let found { return found }
        guard size > limit else {
            throw .failure(SnapshotError("packing a snapshot", "\(object) is not in its store"))
        }
        let shown = FilePath(bytes: path).shown
        throw .outcome(.refused("\(shown) has \(size) bytes, and of a file at most \(limit) are packed"))
    }

    private func add(
        _ kind: ObjectKind, _ content: [UInt8], as id: ObjectID, to writer: inout PackWriter
    ) throws(Hindrance) {
        guard writer.begin(kind, size: content.count, id) else { return }
        var place = 0
        repeat {
            let end = min(place + Self.piece, content.count)
            do throws(SnapshotError) {
                try writer.append(content.span.extracting(place..<end).bytes, isLast: end == content.count)
            } catch {
                throw .failure(error)
            }
            progress()
            if writer.size > settings.largest { throw .outcome(.larger(than: settings.largest)) }
            place = end
        } while place < content.count
        writer.finish(id)
    }

    /// Everything that the commit's own tree has, so that a file that was only moved is not packed.
    private func objectsOfBase() throws(GitError) -> Set<ObjectID> {
        guard let base, let root = git_tree_id(base.tree).map({ ObjectID($0.pointee) }) else { return [] }
        var known: Set<ObjectID> = []
        if root == tree { return [root] }
        let source = try ObjectStore(of: base.repository)
        var waiting = [root]
        while let tree = waiting.popLast() {
            guard known.insert(tree).inserted else { continue }
            progress()
            // A clone that left it out has it from the remote, too: what is below is packed once more.
            guard let content = try? source.content(of: tree, atMost: Self.largestTree),
                let entries = TreeEntry.entries(in: content)
            else { continue }
            for entry in entries {
                switch entry.mode & 0o170000 {
                case 0o040000: waiting.append(entry.object)
                case 0o160000: break
                default: known.insert(entry.object)
                }
            }
        }
        return known
    }
}
