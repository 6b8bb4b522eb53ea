import SystemCalls
import SystemPackage
import Trials

/// Entries that are kept for a store that may lose what it acknowledged.
extension Spool {
    /// Keeps entries that their store has acknowledged, with the numbers that it gave them; they wait no longer.
    ///
    /// When this throws they wait no longer all the same; what could not be kept is removed.
    func keep(_ filed: [(name: EntryName, number: Int)], of backend: String) throws(AgentError) {
        var failure: AgentError?
        let now = Clock.now
        for (name, number) in filed {
            shelves[backend]?.queue.remove(name)
            let path = files.path(of: name.path, in: .new)
            do throws(SystemCallError) {
                try loadDone(of: backend)
                try shelves[backend]?.done?.take(name, number, from: path, at: now)
            } catch {
                failure = Self.failure("keeping a filed entry", path, error)
                try? files.remove(name)
                try? files.removeFiles(of: name)
            }
        }
        count(backend)
        if let failure { throw failure }
    }

    /// What is kept for a store: manifests with the numbers that were given, in the order of filing. What cannot be read is
    /// left out.
    func done(of backend: String) throws(AgentError) -> [(entry: DoneEntries.Entry, manifest: EntryFile.Manifest)] {
        do throws(SystemCallError) { try loadDone(of: backend) } catch {
            throw Self.failure("looking through filed entries", files.path(of: .done), error)
        }
        guard let done = shelves[backend]?.done else { return [] }
        return done.entries.compactMap { entry in manifest(of: entry, in: done).map { (entry, $0) } }
            .filter { $0.1.backend == backend }.sorted { $0.0.name < $1.0.name }
    }

    private func manifest(of entry: DoneEntries.Entry, in done: DoneEntries) -> EntryFile.Manifest? {
        guard let head = try? read(entry, of: done, atMost: 4096), let end = try? EntryFile.manifestEnd(head),
            let bytes = end <= head.count ? head : try? read(entry, of: done, atMost: end)
        else { return nil }
        return try? EntryFile.manifest(in: bytes, named: entry.name)
    }

    /// An entry that is kept, whole; nil when it cannot be read any more.
    func doneEntry(_ entry: DoneEntries.Entry, of backend: String) -> SpoolEntry? {
        guard let done = shelves[backend]?.done, let bytes = try? read(entry, of: done)
        else { return nil }
        return (try? EntryFile.entry(in: bytes, named: entry.name)).map(files.withFiles)
    }

    /// Removes what a folder of stores' entries keeps of runs; of one that only begins like one of them, too, which a fail-over may
    /// then cost its newest version.
    func forgetDone(_ runs: Set<UInt64>, in folder: FilePath) throws(SystemCallError) {
        for name in shelves.keys where shelves[name]?.done?.folder == folder {
            for run in runs { try shelves[name]?.done?.forget(run) }
        }
        for entry in try FileSystem.entries(of: folder) {
            guard let name = EntryName(FilePath.Component(entry.name.stem) ?? entry.name), runs.contains(name.run)
            else { continue }
            do throws(SystemCallError) { try FileSystem.remove(folder.appending(entry.name)) } catch {
                if error.errno != .noSuchFileOrDirectory { throw error }
            }
            try files.removeFiles(of: name)
        }
    }

    private func loadDone(of backend: String) throws(SystemCallError) {
        guard shelves[backend]?.done == nil else { return }
        shelves[backend, default: Shelf()].done = try DoneEntries(
            of: backend, in: files.path(of: .done), packs: files.path(of: .packs))
    }

    private func read(
        _ entry: DoneEntries.Entry, of done: DoneEntries, atMost count: Int? = nil
    ) throws(SystemCallError) -> [UInt8] {
        guard let file = entry.file else { return [] }
        let descriptor = try OwnedDescriptor(
            opening: done.folder.appending(file), .readOnly, options: [.noFollow, .nonBlocking])
        if let count { return try descriptor.read(count, at: 0) }
        return try descriptor.readToEnd(limit: SpoolFiles.largest)
    }
}
