import Synchronization
import SystemCalls
import SystemPackage
import Trials

/// What becomes of entries that a store refused, and of those whose store is gone.
extension Spool {
    /// Entries that share one fsync of their directory when they are moved.
    private static let movedAtOnce = 64

    /// Brings back everything that a store had refused, to be tried again; says how many entries that is.
    @discardableResult
    func retry(_ backend: String) throws(AgentError) -> Int {
        var found = SpoolInventory()
        var count = 0
        do throws(SystemCallError) {
            try found.takeSetAside(from: files)
            for (name, owner) in found.setAside where owner == backend {
                try files.bringBack(name)
                shelves[backend, default: Shelf()].queue.insert(name)
                count += 1
            }
        } catch {
            throw Self.failure("bringing back entries that were set aside", files.path(of: .aside), error)
        }
        shelves[backend]?.refused = []
        shelves[backend]?.setAside = 0
        self.count(backend)
        shelves[backend]?.wake?.yield()
        return count
    }

    /// Gives what was meant for one store to another: what it refused, and what waits for it unless `onlyRefused`; says how
    /// many entries that is.
    ///
    /// What waits may be moved only while nobody files it. When this throws, each entry belongs to one of the two stores, and
    /// moving again moves the rest.
    func move(from old: String, to new: String, onlyRefused: Bool) async throws(AgentError) -> Int {
        guard old != new else { return 0 }
        var found = SpoolInventory()
        do throws(SystemCallError) { try found.takeSetAside(from: files) } catch {
            throw Self.failure("looking through what was set aside", files.path(of: .aside), error)
        }
        let refused = found.setAside.filter { $0.backend == old }.map(\.name)
        let waiting = onlyRefused ? [] : shelves[old]?.queue.names ?? []
        var count = 0
        for (folder, names) in [(SpoolFiles.Folder.aside, refused), (.new, waiting)] {
            for start in stride(from: 0, to: names.count, by: Self.movedAtOnce) {
                var entries: [SpoolEntry] = []
                for name in names[start...].prefix(Self.movedAtOnce) {
                    if let entry = try entry(name, in: folder) {
                        entries.append(entry.moved(to: new))
                    } else {
                        shelves[old]?.queue.remove(name)
                    }
                }
                // Written under their own names: a file of before is replaced whole, or stays.
                try await append(entries)
                for entry in entries { shelves[old]?.queue.remove(entry.name) }
                count += entries.count
                if folder == .aside { for entry in entries { try forgetAside(entry.name) } }
            }
        }
        shelves[old]?.refused = []
        shelves[old]?.setAside = 0
        self.count(old)
        return count
    }

    /// Drops what is set aside and what is kept of runs whose trials are deleted: a store that has lost that a trial was deleted
    /// must not get it once more. What waits goes by itself when it is filed.
    func forget(_ keys: Set<RunKey>) throws(AgentError) {
        var found = SpoolInventory()
        do throws(SystemCallError) { try found.takeSetAside(from: files) } catch {
            throw Self.failure("looking through what was set aside", files.path(of: .aside), error)
        }
        let prefixes = Set(keys.map { EntryName(sequence: 0, key: $0, revision: Revision(1)).run })
        do throws(SystemCallError) {
            for entry in try FileSystem.entries(of: files.path(of: .done)) where entry.kind == .directory {
                try forgetDone(prefixes, in: files.path(of: .done).appending(entry.name))
            }
        } catch {
            throw Self.failure("forgetting filed entries", files.path(of: .done), error)
        }
        for (name, backend) in found.setAside where prefixes.contains(name.run) {
            // The name has a quarter of the key only.
            guard let entry = try entry(name, in: .aside), keys.contains(entry.filing.key) else { continue }
            try forgetAside(name)
            try? files.removeFiles(of: name)
            shelves[backend]?.setAside -= 1
            shelves[backend]?.refused.remove(name.run)
            count(backend)
        }
    }

    private func forgetAside(_ name: EntryName) throws(AgentError) {
        do throws(SystemCallError) { try files.removeAside(name) } catch {
            throw Self.failure("removing an entry that was set aside", files.path(of: name.path, in: .aside), error)
        }
    }

    /// An entry as it is on the disk; nil, and in quarantine, when it is damaged.
    private func entry(_ name: EntryName, in folder: SpoolFiles.Folder) throws(AgentError) -> SpoolEntry? {
        let path = files.path(of: name.path, in: folder)
        do {
            return files.withFiles(try EntryFile.entry(in: files.read(name, in: folder), named: name))
        } catch let damage as DamagedEntry {
            try? files.move(name.path, from: folder, to: .quarantine, reason: damage.description)
            quarantine.withLock { $0 += 1 }
            return nil
        } catch {
            throw Self.failure("reading a spooled entry", path, error)
        }
    }
}
