import Bytes
import SystemCalls
import SystemPackage
import Trials

/// Packs beside entries: read by whoever files the entry, piece by piece, and removed with it.
extension SpoolFiles {
    /// Where the pack of an entry is.
    func pack(of name: EntryName) -> FilePath { path(of: name.path, in: .packs) }

    /// Takes over the pack of an entry that is to be written. One that is gone keeps no trial back: it is told of when the entry is
    /// read.
    func take(_ pack: FilePath, of name: EntryName) throws(SystemCallError) {
        let place = self.pack(of: name)
        guard pack != place else { return }
        do throws(SystemCallError) {
            // That of an attempt before a crash.
            try removeIfPresent(place)
            try FileSystem.linkOrCopy(pack, to: place)
        } catch {
            if error.errno != .noSuchFileOrDirectory { throw error }
        }
        try OwnedDescriptor(directory: path(of: .packs)).synchronize()
    }

    /// Removes the pack of an entry that is gone, if it had one.
    func removePack(of name: EntryName) throws(SystemCallError) { try removeIfPresent(pack(of: name)) }

    /// Removes packs of entries that are none of these and not among those that are done.
    func sweepPacks(keeping names: some Sequence<EntryName>) throws(SystemCallError) {
        var found: [FilePath.Component] = []
        try forEachFile(in: .packs) { found.append($0) }
        if found.isEmpty { return }
        let kept = Set(names).union(try DoneEntries.names(in: path(of: .done)))
        for component in found where EntryName(component).map({ kept.contains($0) }) != true {
            try FileSystem.remove(path(of: .packs).appending(component))
        }
    }

    /// An entry as it was read, with the pack beside it; without one that is not there as it was, which the trial says.
    func withPack(_ entry: SpoolEntry) -> SpoolEntry {
        guard let part = entry.filing.parts.first(where: \.isPack) else { return entry }
        let path = pack(of: entry.name)
        let isThere = (try? Self.digest(of: path, size: part.size)) == part.digest
        var filing = entry.filing
        if !isThere {
            filing.parts.removeAll(where: \.isPack)
            filing.capture?.snapshot?.pack = nil
            filing.capture?.snapshot?.commits = nil
            filing.capture?.snapshot?.shared = nil
            filing.facts.problems.append(
                "pack \(part.name) was lost on its way to the store: other hosts do not get the project's files")
        }
        return SpoolEntry(
            sequence: entry.sequence, backend: entry.backend, filing: filing, parts: entry.parts,
            pack: isThere ? path : nil, receipt: entry.receipt)
    }

    /// SHA-256 of a file; nil when it has another size.
    private static func digest(of path: FilePath, size: Int) throws(SystemCallError) -> String? {
        let file = try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
        let status = try file.status()
        guard status.kind == .regular, status.size == Int64(size) else { return nil }
        var context = DigestContext<SHA256>()
        while true {
            let piece = try file.read(atMost: 1 << 20)
            if piece.isEmpty { return context.finish().hex }
            context.update(piece)
        }
    }
}
