import Bytes
import SystemCalls
import SystemPackage
import Trials

/// Entries that one store has acknowledged, kept for some time in a folder of their own: a server that falls over may lose
/// even what it acknowledged, and then they are filed again.
///
/// The oldest go when they are a day old, or there are too many bytes of them.
struct DoneEntries: Sendable {
    /// An entry, and the number that its trial was given.
    struct Entry: Hashable, Sendable {
        let name: EntryName
        let number: Int
        /// Bytes of its file.
        let size: Int64
        /// When it was acknowledged, in nanoseconds since 1970.
        let since: Int64

        /// `<name of the entry>.<number>`
        var file: FilePath.Component? { FilePath.Component("\(name).\(number)") }
    }

    /// Nanoseconds and bytes.
    static let longest: Int64 = 86_400_000_000_000
    static let largest: Int64 = 512 << 20

    let folder: FilePath
    private let packs: FilePath
    /// From the oldest.
    private(set) var entries: ArraySlice<Entry> = []
    private var bytes: Int64 = 0
    /// How many entries have a file as their pack, by its inode: it takes its bytes once.
    private var sharing: [UInt64: Int] = [:]

    /// The folder of a store's entries below `done`: what a store is called is no name for a folder.
    static func folder(of backend: String, in done: FilePath) -> FilePath {
        done.appending(String(SHA256.digest(of: backend).hex.prefix(16)))
    }

    /// Removes what nothing was added to for longer than anything is kept.
    static func sweep(_ done: FilePath) throws(SystemCallError) {
        for entry in try FileSystem.entries(of: done) where entry.kind == .directory {
            let folder = done.appending(entry.name)
            if try Clock.now - FileStatus(of: folder).modified > longest { try FileSystem.removeTree(folder) }
        }
    }

    /// The names of all entries that are kept, for whatever store.
    static func names(in done: FilePath) throws(SystemCallError) -> Set<EntryName> {
        var names: Set<EntryName> = []
        for folder in try FileSystem.entries(of: done) where folder.kind == .directory {
            try OwnedDescriptor(directory: done.appending(folder.name)).forEachEntry { entry in
                if let (name, _) = Self.parse(entry.name) { names.insert(name) }
            }
        }
        return names
    }

    /// Looks through what is kept for a store; packs of entries are in a folder of their own.
    init(of backend: String, in done: FilePath, packs: FilePath) throws(SystemCallError) {
        self.packs = packs
        folder = Self.folder(of: backend, in: done)
        try FileSystem.makeDirectories(folder)
        var found: [Entry] = []
        try OwnedDescriptor(directory: folder).forEachEntry { entry in
            guard let (name, number) = Self.parse(entry.name),
                let status = try? FileStatus(of: folder.appending(entry.name))
            else { return }
            found.append(Entry(name: name, number: number, size: status.size, since: status.changed))
        }
        entries = found.sorted { $0.since < $1.since }[...]
        bytes = found.reduce(0) { $0 + $1.size }
        for entry in found { countPacks(of: entry.name) }
    }

    private static func parse(_ component: FilePath.Component) -> (EntryName, Int)? {
        guard let name = EntryName(FilePath.Component(component.stem) ?? component),
            let number = component.extension.flatMap({ Int($0) })
        else { return nil }
        return (name, number)
    }

    /// Takes over the file of an entry that waited, and lets go of what is too old or too much.
    mutating func take(_ name: EntryName, _ number: Int, from path: FilePath, at now: Int64) throws(SystemCallError) {
        let size = try FileStatus(of: path).size
        let entry = Entry(name: name, number: number, size: size, since: now)
        guard let file = entry.file else { return }
        try FileSystem.rename(path, to: folder.appending(file))
        entries.append(entry)
        bytes += size
        countPacks(of: name)
        while let first = entries.first, now - first.since > Self.longest || bytes > Self.largest {
            try remove(first)
            entries.removeFirst()
        }
    }

    /// Forgets those of a run.
    mutating func forget(_ run: UInt64) throws(SystemCallError) {
        for entry in entries where entry.name.run == run { try remove(entry) }
        entries.removeAll { $0.name.run == run }
    }

    private mutating func remove(_ entry: Entry) throws(SystemCallError) {
        bytes -= entry.size
        guard let file = entry.file else { return }
        try Self.removeIfPresent(folder.appending(file))
        for pack in packs(of: entry.name) {
            guard let status = try FileStatus.ifPresent(pack) else { continue }
            sharing[status.inode, default: 1] -= 1
            if sharing[status.inode] == 0 {
                sharing[status.inode] = nil
                bytes -= status.size
            }
            try Self.removeIfPresent(pack)
        }
    }

    private mutating func countPacks(of name: EntryName) {
        for pack in packs(of: name) {
            guard let status = try? FileStatus.ifPresent(pack) else { continue }
            if sharing[status.inode] == nil { bytes += status.size }
            sharing[status.inode, default: 0] += 1
        }
    }

    private func packs(of name: EntryName) -> [FilePath] {
        PartReference.rolesBeside.map { packs.pushing(SpoolFiles.nameBeside(name, $0)) }
    }

    private static func removeIfPresent(_ path: FilePath) throws(SystemCallError) {
        do throws(SystemCallError) { try FileSystem.remove(path) } catch {
            if error.errno != .noSuchFileOrDirectory { throw error }
        }
    }
}
