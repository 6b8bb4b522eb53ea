import Bytes
import SystemCalls
import SystemPackage
import Trials

/// Packs and bundles beside entries: read by whoever files the entry, piece by piece, and removed with it.
extension SpoolFiles {
    /// What an entry's pack is called, and its bundle.
    static func nameBeside(_ name: EntryName, _ role: PartReference.Role) -> FilePath {
        role == .pack ? name.path : FilePath("\(name).\(role.rawValue)")
    }

    /// The entry that a file of such a name lies beside; nil for other names.
    private static func entry(of component: FilePath.Component) -> EntryName? {
        let roles = PartReference.rolesBeside.map { $0.rawValue }
        guard let ending = component.extension, roles.contains(ending) else { return EntryName(component) }
        return FilePath.Component(component.stem).flatMap { EntryName($0) }
    }

    /// Where a part that lies beside an entry is.
    func place(of name: EntryName, _ role: PartReference.Role) -> FilePath {
        path(of: Self.nameBeside(name, role), in: .packs)
    }

    /// Takes over a file for an entry that is to be written. One that is gone keeps no trial back: it is told of when the entry is
    /// read.
    func take(_ file: FilePath, of name: EntryName, _ role: PartReference.Role) throws(SystemCallError) {
        let place = place(of: name, role)
        guard file != place else { return }
        do throws(SystemCallError) {
            // That of an attempt before a crash.
            try removeIfPresent(place)
            try FileSystem.linkOrCopy(file, to: place)
        } catch {
            if error.errno != .noSuchFileOrDirectory { throw error }
        }
        try OwnedDescriptor(directory: path(of: .packs)).synchronize()
    }

    /// Removes what lay beside an entry that is gone.
    func removeFiles(of name: EntryName) throws(SystemCallError) {
        for role in PartReference.rolesBeside { try removeIfPresent(place(of: name, role)) }
    }

    /// Removes files beside entries that are none of these and not among those that are done.
    func sweepFiles(keeping names: some Sequence<EntryName>) throws(SystemCallError) {
        var found: [FilePath.Component] = []
        try forEachFile(in: .packs) { found.append($0) }
        if found.isEmpty { return }
        let kept = Set(names).union(try DoneEntries.names(in: path(of: .done)))
        for component in found where Self.entry(of: component).map({ kept.contains($0) }) != true {
            try FileSystem.remove(path(of: .packs).appending(component))
        }
    }

    /// An entry as it was read, with what lies beside it; without what is not there as it was, which the trial says.
    func withFiles(_ entry: SpoolEntry) -> SpoolEntry {
        guard entry.filing.parts.contains(where: \.liesBeside) else { return entry }
        var filing = entry.filing
        var files: [PartReference.Role: FilePath] = [:]
        for part in entry.filing.parts where part.liesBeside {
            let place = place(of: entry.name, part.role)
            if (try? Self.digest(of: place, size: part.size)) == part.digest {
                files[part.role] = place
            } else {
                filing.lose(part)
            }
        }
        return SpoolEntry(
            sequence: entry.sequence, backend: entry.backend, filing: filing, parts: entry.parts, files: files,
            receipt: entry.receipt)
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

extension Filing {
    /// Says of what lay beside it that it is gone.
    fileprivate mutating func lose(_ part: PartReference) {
        parts.removeAll { $0 == part }
        let what: String
        if part.role == .pack {
            capture?.snapshot?.pack = nil
            capture?.snapshot?.shared = nil
            what = "the project's files"
        } else {
            capture?.snapshot?.commits?.bundle = nil
            what = "the commits that no remote has"
        }
        facts.problems.append("\(part.name) was lost on its way to the store: other hosts do not get \(what)")
    }
}
