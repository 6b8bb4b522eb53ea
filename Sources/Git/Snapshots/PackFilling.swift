internal import SystemCalls
internal import SystemPackage

/// Puts objects into a pack for other hosts, and looks through them for secrets.
struct PackFilling: ~Copyable {
    /// Why there is to be no pack.
    enum Hindrance: Error {
        case refusal(PackNote.Refusal)
        case failure(SnapshotError)
    }

    /// What may go into it.
    struct Limits {
        /// The most bytes of the pack.
        var largest: Int
        /// Whether a text must not leave this host.
        var isSecret: (_ path: [UInt8], _ content: [UInt8]) -> Bool
        /// Texts that it says no of; asked for when a pack is filled.
        var clean: () -> Set<ObjectID>
        var progress: @Sendable () -> Void
    }

    /// Where a tree that goes into a pack comes from.
    struct Origin {
        /// What is said behind the path of a file.
        var phrase = ""
        /// Why a file that holds a secret can be in it, as the end of a sentence.
        var reason = ""
        /// Names of files that hold secrets.
        var secretNames = IgnoreList()
        /// Whether who has an object has its name in the tree, too.
        var hasKnownNames = false
    }

    private var writer: PackWriter
    private let limits: Limits
    private let clean: Set<ObjectID>

    /// An object is in memory while it is packed.
    private static let largestObject = 100_000_000
    private static let largestTree = 256 << 20
    /// Texts that are longer are not looked through.
    private static let largestText = 32 << 20
    private static let piece = 1 << 20

    init(_ writer: consuming PackWriter, _ limits: Limits) {
        self.writer = writer
        self.limits = limits
        clean = limits.clean()
    }

    /// Reads objects, and throws as a failure what libgit2 says.
    static func reading<Value: ~Copyable>(_ body: () throws(GitError) -> Value) throws(Hindrance) -> Value {
        do throws(GitError) { return try body() } catch {
            throw .failure(SnapshotError("packing for other hosts", "\(error)"))
        }
    }

    /// What was filled.
    consuming func end() -> PackWriter { writer }

    /// Adds a commit's own text.
    mutating func add(commit: ObjectID, from source: borrowing ObjectStore) throws(Hindrance) {
        let text = try content(of: commit, "commit \(commit.short)", in: source)
        guard text.isText else { throw .refusal(.reason("the text of commit \(commit.short) is none")) }
        if limits.isSecret([], text) {
            throw .refusal(.reason("the text of commit \(commit.short) has what looks like a secret"))
        }
        try add(.commit, text, as: commit)
    }

    /// Adds what a tree has and `known` lacks, each folder before what is in it.
    mutating func add(
        tree: ObjectID, besides known: Set<ObjectID>, from source: borrowing ObjectStore, _ origin: Origin
    ) throws(Hindrance) {
        var waiting: [(path: [UInt8], tree: ObjectID)] = [([], tree)]
        while let (path, tree) = waiting.popLast() {
            guard !known.contains(tree), !writer.contains(tree) else { continue }
            let listing = try content(of: tree, shown(path, origin), in: source, atMost: Self.largestTree)
            guard let entries = TreeEntry.entries(in: listing) else {
                throw .failure(SnapshotError("packing for other hosts", "\(tree) is no tree"))
            }
            try add(.tree, listing, as: tree)
            let above = path.isEmpty ? [] : path + [UInt8(ascii: "/")]
            for entry in entries {
                if origin.hasKnownNames, known.contains(entry.object) { continue }
                // The listing tells the name, whatever is known of the content.
                if limits.isSecret([], entry.name) {
                    let place = above.isEmpty ? "its root" : FilePath(bytes: above).shown
                    throw .refusal(.reason("a name in \(place)\(origin.phrase) looks like a secret"))
                }
                let kind = entry.mode & 0o170000
                // A submodule's commit is in a repository of its own.
                if kind == 0o160000 || known.contains(entry.object) || writer.contains(entry.object) { continue }
                let path = above + entry.name
                if kind == 0o040000 {
                    waiting.append((path, entry.object))
                } else {
                    let file = File(path: path, nameStart: above.count, isLink: kind == 0o120000)
                    try add(blob: entry.object, file, from: source, origin)
                }
            }
        }
    }

    private struct File {
        let path: [UInt8]
        let nameStart: Int
        let isLink: Bool
    }

    private mutating func add(
        blob: ObjectID, _ file: File, from source: borrowing ObjectStore, _ origin: Origin
    ) throws(Hindrance) {
        let shown = shown(file.path, origin)
        let isNamed = file.path.withUnsafeBufferPointer {
            origin.secretNames.answer($0, nameStart: file.nameStart, isFolder: false)
        }
        if isNamed == true, !file.isLink {
            throw .refusal(.reason("\(shown) is called like a file that holds secrets"))
        }
        let found = try content(of: blob, shown, in: source)
        if !clean.contains(blob) {
            if found.count <= Self.largestText {
                // What a link says is no source, whatever the link is called.
                if limits.isSecret(file.isLink ? [] : file.path, found) {
                    throw .refusal(.reason("\(shown) holds what looks like a secret\(origin.reason)"))
                }
            } else if found.isText || UTF16Text.isMarked(found) {
                throw .refusal(.reason("\(shown) is a text too long to be looked through for secrets"))
            }
        }
        try add(.blob, found, as: blob)
    }

    private func shown(_ path: [UInt8], _ origin: Origin) -> String { FilePath(bytes: path).shown + origin.phrase }

    private func content(
        of object: ObjectID, _ shown: String, in source: borrowing ObjectStore, atMost limit: Int = Self.largestObject
    ) throws(Hindrance) -> [UInt8] {
        limits.progress()
        var size = 0
        let found = try Self.reading { () throws(GitError) in
            size = try source.header(of: object)?.size ?? 0
            return size > limit ? nil : try source.content(of: object, atMost: limit)
        }
        if let found { return found }
        guard size > limit else {
            throw .failure(SnapshotError("packing for other hosts", "\(object) of \(shown) is not here"))
        }
        throw .refusal(.reason("\(shown) has \(size) bytes, and of a file at most \(limit) are packed"))
    }

    private mutating func add(_ kind: ObjectKind, _ content: [UInt8], as id: ObjectID) throws(Hindrance) {
        guard writer.begin(kind, size: content.count, id) else { return }
        var place = 0
        repeat {
            let end = min(place + Self.piece, content.count)
            do throws(SnapshotError) {
                try writer.append(content.span.extracting(place..<end).bytes, isLast: end == content.count)
            } catch {
                throw .failure(error)
            }
            limits.progress()
            if writer.size > limits.largest { throw .refusal(.larger(than: limits.largest)) }
            place = end
        } while place < content.count
        writer.finish(id)
    }

    /// Everything that trees have, so that a file that was only moved is not packed. What is below a tree that cannot be read is
    /// not known.
    func objects(of trees: [ObjectID], in source: borrowing ObjectStore) -> Set<ObjectID> {
        var known: Set<ObjectID> = []
        var waiting = trees
        while let tree = waiting.popLast() {
            guard known.insert(tree).inserted else { continue }
            limits.progress()
            // A clone that left it out has it from the remote, too.
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

extension ObjectID {
    /// As people are told of a commit.
    var short: Substring { description.prefix(8) }
}
