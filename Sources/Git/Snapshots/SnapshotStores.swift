public import SystemCalls
public import SystemPackage

/// What can be seen of the stores of snapshots in a folder without opening one.
public enum SnapshotStores {
    /// A store with more packs than these is packed anew.
    public static let mostPacks = 50
    /// A reference is a file of some bytes, for which file systems take a block.
    private static let block = 4096

    /// The stores in a folder, by name; none where there is no such folder.
    public static func all(in folder: FilePath) throws(SystemCallError) -> [FilePath] {
        guard try FileStatus.ifPresent(folder) != nil else { return [] }
        return try FileSystem.entries(of: folder)
            .filter { $0.kind == .directory && $0.name.extension == "git" }
            .map { folder.appending($0.name) }
            .sorted { $0.string < $1.string }
    }

    /// The trees that references of a store name, and when each was last found by a capture, in nanoseconds since 1970.
    public static func references(of store: FilePath) throws(SystemCallError) -> [(tree: ObjectID, found: Int64)] {
        let folder = store.appending(references)
        guard try FileStatus.ifPresent(folder) != nil else { return [] }
        var found: [(tree: ObjectID, found: Int64)] = []
        for entry in try FileSystem.entries(of: folder) {
            guard let tree = ObjectID(hex: entry.name.string) else { continue }
            found.append((tree, try FileStatus.ifPresent(folder.appending(entry.name))?.modified ?? .max))
        }
        return found
    }

    static let references = "refs/snapshots"

    /// Whether a store has a snapshot.
    static func hasSnapshot(_ store: FilePath) -> Bool {
        let names = (try? FileSystem.entries(of: store.appending(references))) ?? []
        return names.contains { ObjectID(hex: $0.name.string) != nil }
    }

    /// Whether a store has so many packs that they are to be packed anew, or was left while that was done.
    public static func needsPacking(_ store: FilePath) -> Bool {
        if (try? FileStatus.ifPresent(store.appending(StorePacking.workplace))) != .some(nil) { return true }
        let names = (try? FileSystem.entries(of: store.appending("objects/pack"))) ?? []
        return names.count { $0.name.extension == "idx" } > mostPacks
    }

    /// Bytes of the device that the stores in a folder take, about.
    ///
    /// It looks at each pack, and counts references: some milliseconds for ten thousand snapshots.
    public static func size(in folder: FilePath) throws(SystemCallError) -> Int {
        var size = 0
        for store in try all(in: folder) {
            size += try allocated(store)
            for pack in try folders(in: store.appending("objects")) { size += try allocated(pack) }
            let names = store.appending(references)
            if try FileStatus.ifPresent(names) != nil { size += try FileSystem.entries(of: names).count * block }
        }
        return size
    }

    private static func folders(in folder: FilePath) throws(SystemCallError) -> [FilePath] {
        guard try FileStatus.ifPresent(folder) != nil else { return [] }
        return try FileSystem.entries(of: folder).filter { $0.kind == .directory }.map { folder.appending($0.name) }
    }

    /// Of the files that lie in a folder itself.
    private static func allocated(_ folder: FilePath) throws(SystemCallError) -> Int {
        var size = 0
        for entry in try FileSystem.entries(of: folder) where entry.kind == .regular {
            // One that goes meanwhile takes nothing.
            size += Int(try FileStatus.ifPresent(folder.appending(entry.name))?.allocated ?? 0)
        }
        return size
    }
}
