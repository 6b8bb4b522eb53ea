internal import Git
internal import SystemCalls
internal import SystemPackage

/// What is to be written of a tree, and what is not and why: made before anything is written.
struct TreeListing {
    /// A file or a link.
    struct File {
        let name: FilePath
        let object: ObjectID
        let size: Int
        let isExecutable: Bool
    }

    /// A folder and what lies in it.
    struct Folder {
        /// Its path from the tree's root, as bytes; empty for that itself.
        let bytes: [UInt8]
        var files: [File] = []
        var links: [File] = []

        var path: FilePath { FilePath(pathBytes: bytes) ?? "" }
    }

    /// An entry that is not written.
    struct Refusal: Equatable {
        /// Its path, for people.
        let path: String
        /// Why, as the end of a sentence.
        let reason: String
    }

    /// Where a tree's objects come from.
    protocol Source: ~Copyable {
        /// What an object is and how large; nil when it is not there.
        borrowing func header(of id: ObjectID) throws(GitError) -> (kind: ObjectStore.Kind, size: Int)?
        /// Its content; nil when it is not there.
        borrowing func content(of id: ObjectID, atMost limit: Int) throws(GitError) -> [UInt8]?
    }

    /// Each folder after the one that it is in.
    private(set) var folders: [Folder] = []
    private(set) var refusals: [Refusal] = []
    /// Objects that the tree needs and that are not there.
    private(set) var missing = 0
    /// Files and links that are to be written.
    private(set) var count = 0
    /// Their bytes.
    private(set) var size = 0

    /// As many bytes as a path may have (`PATH_MAX`), the final zero included.
    private static let longestPath = 4096
    /// The most bytes of one tree object: two million files in one folder.
    private static let largestTree = 256 << 20
    /// The most bytes of one file: it is in memory whole, and what it claims to have takes nothing in a pack.
    static let largestFile = 2 << 30
    /// A tree that names itself many times over in few objects has no end; nothing real is as large.
    static let most = 10_000_000

    /// Lists a tree to its end; throws for one that cannot be read, and for one that is too large to be meant.
    init(
        of root: ObjectID, in source: borrowing some Source & ~Copyable, atMost most: Int = most
    ) throws(CommandFailure) {
        var waiting: [(path: [UInt8], tree: ObjectID)] = [([], root)]
        var seen = 0
        while let (path, tree) = waiting.popLast() {
            guard let entries = try Self.entries(of: tree, in: source) else {
                missing += 1
                continue
            }
            var folder = Folder(bytes: path)
            let above = path.isEmpty ? [] : path + [0x2F]
            var names: Set<[UInt8]> = []
            for entry in entries {
                seen += 1
                guard seen <= most else {
                    throw CommandFailure(
                        "tree \(root)", "it has more than \(most) entries: nothing is written of it")
                }
                func refuse(_ reason: String) {
                    refusals.append(
                        Refusal(path: Self.shown(above + entry.name), reason: reason))
                }
                if let reason = TreeName.refusal(of: entry.name) {
                    refuse(reason)
                } else if !names.insert(entry.name).inserted {
                    refuse("the tree has its name twice")
                } else if above.count + entry.name.count >= Self.longestPath {
                    refuse("its path has \(above.count + entry.name.count) bytes, more than Linux takes")
                } else if let name = FilePath(pathBytes: entry.name) {
                    switch entry.mode & 0o170000 {
                    case 0o040000:
                        if let header = try Self.header(of: entry.object, in: source), header.kind != .tree {
                            refuse("its object is no folder")
                            continue
                        }
                        waiting.append((above + entry.name, entry.object))
                    case 0o160000:
                        refuse("it is a submodule, of which only the commit \(entry.object) is known")
                    case 0o100000, 0o120000:
                        guard let header = try Self.header(of: entry.object, in: source) else {
                            missing += 1
                            continue
                        }
                        guard header.kind == .blob else {
                            refuse("its object is no content of a file")
                            continue
                        }
                        guard header.size <= Self.largestFile else {
                            refuse("it has \(header.size) bytes, and the largest that is written \(Self.largestFile)")
                            continue
                        }
                        // Whatever else the mode says, such as setuid, is dropped.
                        let file = File(
                            name: name, object: entry.object, size: header.size,
                            isExecutable: entry.mode & 0o100 != 0)
                        if entry.mode & 0o170000 == 0o120000 {
                            if header.size >= Self.longestPath {
                                refuse("as a link it would say \(header.size) bytes, more than Linux takes")
                                continue
                            }
                            folder.links.append(file)
                        } else {
                            folder.files.append(file)
                        }
                        count += 1
                        size += header.size
                    default: refuse("its mode, \(String(entry.mode, radix: 8)), is that of no file")
                    }
                }
            }
            folders.append(folder)
        }
    }

    private static func entries(
        of tree: ObjectID, in source: borrowing some Source & ~Copyable
    ) throws(CommandFailure) -> [TreeEntry]? {
        do throws(GitError) {
            guard let header = try source.header(of: tree) else { return nil }
            guard header.kind == .tree, let content = try source.content(of: tree, atMost: largestTree),
                let entries = TreeEntry.entries(in: content)
            else { throw GitError(function: "git_odb_read", code: 0, message: "it is no tree") }
            return entries
        } catch {
            throw CommandFailure("reading tree \(tree)", "\(error)")
        }
    }

    private static func header(
        of object: ObjectID, in source: borrowing some Source & ~Copyable
    ) throws(CommandFailure) -> (kind: ObjectStore.Kind, size: Int)? {
        do throws(GitError) { return try source.header(of: object) } catch {
            throw CommandFailure("reading object \(object)", "\(error)")
        }
    }

    private static func shown(_ path: [UInt8]) -> String {
        // A name may hold what no path can.
        SafeText.line(String(decoding: path, as: UTF8.self))
    }
}

extension ObjectStore: TreeListing.Source {}
