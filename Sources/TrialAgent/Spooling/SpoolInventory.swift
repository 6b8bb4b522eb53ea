import SystemCalls
import SystemPackage

/// What lies in the spool when it is opened, as far as names and manifests tell; payloads are not read.
struct SpoolInventory {
    private(set) var waiting: [(name: EntryName, backend: String)] = []
    private(set) var setAside: [(name: EntryName, backend: String)] = []
    private(set) var quarantined = 0
    private(set) var notices: [String] = []

    /// Looks through all folders; what is no entry goes to quarantine.
    mutating func take(from files: SpoolFiles) throws(SystemCallError) {
        waiting = try entries(of: .new, in: files).sorted { $0.name < $1.name }
        try takeSetAside(from: files)
        var count = 0
        try files.forEachFile(in: .quarantine) { _ in count += 1 }
        quarantined = count
    }

    /// Looks through what was set aside.
    mutating func takeSetAside(from files: SpoolFiles) throws(SystemCallError) {
        setAside = try entries(of: .aside, in: files)
    }

    private mutating func entries(
        of folder: SpoolFiles.Folder, in files: SpoolFiles
    ) throws(SystemCallError) -> [(name: EntryName, backend: String)] {
        var names: [FilePath.Component] = []
        try files.forEachFile(in: folder) { names.append($0) }
        var found: [(name: EntryName, backend: String)] = []
        found.reserveCapacity(names.count)
        for component in names {
            do throws(any Error) {
                guard let name = EntryName(component) else { throw DamagedEntry("this is no name of an entry") }
                let head = try files.read(name, in: folder, atMost: 4096)
                let end = try EntryFile.manifestEnd(head)
                let bytes = end <= head.count ? head : try files.read(name, in: folder, atMost: end)
                found.append((name, try EntryFile.manifest(in: bytes, named: name).backend))
            } catch let error as SystemCallError where !error.isOfTheFile {
                throw error
            } catch {
                quarantine(component, of: folder, in: files, "\(error)")
            }
        }
        return found
    }

    private mutating func quarantine(
        _ name: FilePath.Component, of folder: SpoolFiles.Folder, in files: SpoolFiles, _ reason: String
    ) {
        let path = files.path(of: FilePath(root: nil, [name]), in: folder)
        do throws(SystemCallError) {
            try files.move(FilePath(root: nil, [name]), from: folder, to: .quarantine, reason: reason)
            notices.append("\(path.shown): moved to quarantine: \(reason)")
        } catch {
            notices.append("\(path.shown): \(reason); moving it to quarantine: \(error)")
        }
    }
}
