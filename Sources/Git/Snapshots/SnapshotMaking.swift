internal import SystemCalls
internal import SystemPackage

/// Makes a snapshot of what a walk found: reads what is new, and writes blobs and trees.
struct SnapshotMaking: ~Copyable {
    let settings: SnapshotSettings
    let root: OwnedDescriptor
    let progress: @Sendable () -> Void
    let began: Int64
    private let known: KnownFiles
    /// Where objects go; nil to keep in `objects` what is to be compared.
    let store: SnapshotStore?
    /// Objects that are only compared, and kept nowhere.
    private(set) var objects: [(kind: ObjectKind, id: ObjectID, bytes: [UInt8])] = []
    var notes: SnapshotNotes
    private(set) var files = 0
    private(set) var size = 0
    private var trees: Set<ObjectID> = []
    private var compared = 0
    /// A failure of the store, on its way through calls that throw those of the system.
    var failure: SnapshotError?

    /// The most bytes of blobs that are only compared.
    private static let mostCompared = 64 << 20

    /// Of a walk that began at a moment (nanoseconds since 1970).
    init(
        _ root: FilePath, knowing known: KnownFiles, into store: SnapshotStore?, _ notes: SnapshotNotes,
        _ settings: SnapshotSettings,
        began: Int64, progress: @escaping @Sendable () -> Void
    ) throws(SystemCallError) {
        self.root = try OwnedDescriptor(directory: root, followingLinks: false)
        self.settings = settings
        self.known = known
        self.store = store
        self.notes = notes
        self.progress = progress
        // A change so soon after the look may leave all times as they were (git's racy-git.txt): the kernel's stamps move in
        // steps of some milliseconds, those of servers and of FAT in steps of up to two seconds.
        let volume = try? self.root.volume()
        let isCoarse = volume.map { $0.isNetwork || [0x4D44, 0x2011_BAB0].contains($0.magic) } ?? true
        self.began = began - (isCoarse ? 2_000_000_000 : 20_000_000)
    }

    /// Reads what is not known, and writes what the store lacks.
    mutating func readFiles(in folder: WorkFolder) throws(SnapshotError) {
        var dropped: [Int] = []
        for place in folder.entries.indices {
            if let inner = folder.entries[place].folder {
                try readFiles(in: inner)
                continue
            }
            progress()
            var entry = folder.entries[place]
            entry.content = known.content(entry.stamp)
            if let content = entry.content, content.findings.contains(.isStored) {
                entry.isRemembered = true
                folder.entries[place] = entry
                continue
            }
            if try read(&entry, in: folder) { folder.entries[place] = entry } else { dropped.append(place) }
        }
        for place in dropped.reversed() { folder.entries.remove(at: place) }
    }

    /// Looks through files for secrets that were committed when they were stored, and are not any more; true when a tree is
    /// another one now.
    mutating func lookThrough(_ paths: [[UInt8]], below folder: WorkFolder) throws(SnapshotError) -> Bool {
        var isChanged = false
        for path in paths {
            progress()
            guard let (folder, place) = folder.find(path[...]), folder.entries[place].folder == nil,
                let content = folder.entries[place].content, content.findings.isDisjoint(with: [.isClean, .hasSecret])
            else { continue }
            let before = folder.entries[place].id
            let isKept = try read(&folder.entries[place], in: folder)
            if !isKept || folder.entries[place].id != before { isChanged = true }
            if !isKept { folder.entries.remove(at: place) }
        }
        return isChanged
    }

    /// Adds an object to the store, or to those that are only compared.
    mutating func add(_ kind: ObjectKind, _ bytes: [UInt8], as id: ObjectID) throws(SnapshotError) {
        if let store { return try store.add(kind, bytes, as: id) }
        if kind == .blob {
            guard compared + bytes.count <= Self.mostCompared else { return }
            compared += bytes.count
        }
        objects.append((kind, id, bytes))
    }

    /// Writes the trees of a folder and what is below it, the innermost first.
    mutating func writeTrees(of folder: WorkFolder) throws(SnapshotError) {
        (files, size) = (0, 0)
        trees = []
        objects.removeAll { $0.kind == .tree }
        try writeTree(of: folder, isRoot: true)
    }

    private mutating func writeTree(of folder: WorkFolder, isRoot: Bool = false) throws(SnapshotError) {
        var tree: [UInt8] = []
        var differs = false
        for entry in folder.entries {
            let name = folder.names[entry.name]
            guard let inner = entry.folder else {
                files += 1
                size += Int(entry.stamp.size)
                Self.append(entry.kind.mode, name, entry.id, to: &tree)
                continue
            }
            try writeTree(of: inner)
            if let id = inner.tree { Self.append(entry.kind.mode, name, id, to: &tree) }
            if inner.link != nil || inner.compared != inner.tree { differs = true }
        }
        folder.tree = tree.isEmpty && !isRoot ? nil : try write(tree)
        folder.compared = differs ? compared(folder, isRoot: isRoot) : folder.tree
    }

    /// The tree of a folder with submodules as git has them; it is kept nowhere.
    private mutating func compared(_ folder: WorkFolder, isRoot: Bool) -> ObjectID? {
        // A submodule is sorted as a file is.
        let entries = folder.entries.map { entry in (entry, folder.names[entry.name]) }.sorted { one, other in
            let isOneFolder = one.0.kind == .folder && one.0.folder?.link == nil
            let isOtherFolder = other.0.kind == .folder && other.0.folder?.link == nil
            return (one.1 + (isOneFolder ? [UInt8(ascii: "/")] : []))
                .lexicographicallyPrecedes(other.1 + (isOtherFolder ? [UInt8(ascii: "/")] : []))
        }
        var tree: [UInt8] = []
        for (entry, name) in entries {
            if let version = folder.version(of: entry) { Self.append(version.mode, name, version.id, to: &tree) }
        }
        if tree.isEmpty, !isRoot { return nil }
        let id = ObjectKind.tree.identifier(of: tree)
        objects.append((.tree, id, tree))
        return id
    }

    private mutating func write(_ tree: [UInt8]) throws(SnapshotError) -> ObjectID {
        let id = ObjectKind.tree.identifier(of: tree)
        guard trees.insert(id).inserted else { return id }
        if known.hasTree(id) { return id }
        try add(.tree, tree, as: id)
        return id
    }

    private static func append(_ mode: UInt32, _ name: ArraySlice<UInt8>, _ id: ObjectID, to tree: inout [UInt8]) {
        for place in (0..<(mode < 0o100000 ? 5 : 6)).reversed() {
            tree.append(UInt8(ascii: "0") + UInt8(mode >> (3 * UInt32(place)) & 7))
        }
        tree.append(UInt8(ascii: " "))
        tree += name
        tree.append(0)
        id.append(to: &tree)
    }

    /// Remembers what was found, unless the store knows just that.
    func remember(_ folder: WorkFolder) {
        guard let store else { return }
        var count = 0
        var isNew = false
        folder.forEachFile { _, entry in
            if entry.content != nil { count += 1 }
            if !entry.isRemembered { isNew = true }
            return true
        }
        guard isNew || count != known.count || !trees.allSatisfy({ known.hasTree($0) }) else { return }
        store.remember(FilesByInode(below: folder, count: count), trees: Array(trees))
    }
}
