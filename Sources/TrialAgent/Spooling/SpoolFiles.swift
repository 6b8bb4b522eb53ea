import SystemCalls
import SystemPackage
import Trials

/// The spool's directories, and how its files are written, read and moved.
struct SpoolFiles: Sendable {
    /// The folders below the spool's own.
    enum Folder: String, CaseIterable, Sendable {
        /// Entries that wait.
        case new
        /// Entries that their store refused for good.
        case aside
        /// Files that are no entries, or damaged ones.
        case quarantine
        /// Folders of entries that a store has acknowledged and might lose.
        case done
        /// Packs and bundles that entries have beside them, each under the name of its entry, wherever that is.
        case packs
        /// Entries in the writing, and packs and bundles that no entry has yet.
        case tmp
    }

    /// Waits until a file's content is on the device.
    typealias Synchronize = @Sendable (borrowing OwnedDescriptor) throws(SystemCallError) -> Void

    /// The largest file that is read.
    static let largest = 1 << 30
    private static let reasonSuffix = ".reason.txt"

    let root: FilePath
    private let synchronizeContent: Synchronize

    /// Makes what is missing of the folders, and removes what a crash left half written.
    init(at root: FilePath, synchronizeContent: @escaping Synchronize) throws(SystemCallError) {
        self.root = root
        self.synchronizeContent = synchronizeContent
        for folder in Folder.allCases { try FileSystem.makeDirectories(path(of: folder)) }
        try OwnedDescriptor(directory: root).synchronize()
        for entry in try FileSystem.entries(of: path(of: .tmp)) where entry.kind != .directory {
            try FileSystem.remove(path(of: .tmp).appending(entry.name))
        }
        try DoneEntries.sweep(path(of: .done))
    }

    /// Where the spool of a state directory takes over packs from.
    static func begun(in state: FilePath) -> FilePath { state.appending("spool").appending(Folder.tmp.rawValue) }

    /// Where a folder is.
    func path(of folder: Folder) -> FilePath { root.appending(folder.rawValue) }

    /// Where a file is.
    func path(of name: FilePath, in folder: Folder) -> FilePath { path(of: folder).pushing(name) }

    /// Writes the file of an entry that waits, in place of one of the same name; `settle` makes its name durable. What lies
    /// beside it is there before.
    ///
    /// When a copy cannot be brought to the device it is bad, whatever a second attempt on it may say: another is written,
    /// once.
    func write(
        _ bytes: [UInt8], to name: EntryName, beside files: [PartReference.Role: FilePath] = [:]
    ) throws(SystemCallError) {
        for (role, file) in files { try take(file, of: name, role) }
        let temporary = path(of: name.path, in: .tmp)
        do throws(SystemCallError) {
            let isGood = try writeCopy(bytes, to: temporary, again: true)
            if !isGood { _ = try writeCopy(bytes, to: temporary, again: false) }
            try FileSystem.rename(temporary, to: path(of: name.path, in: .new))
        } catch {
            // The first error is the one to tell; a leftover is swept at the next start.
            try? FileSystem.remove(temporary)
            throw error
        }
    }

    /// Brings the names of written entries to the device.
    func settle() throws(SystemCallError) {
        try OwnedDescriptor(directory: path(of: .new)).synchronize()
    }

    /// The bytes of a file from its start: as many as `count`, or all.
    func read(_ name: EntryName, in folder: Folder, atMost count: Int? = nil) throws(SystemCallError) -> [UInt8] {
        let path = path(of: name.path, in: folder)
        let file = try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
        do throws(SystemCallError) {
            guard try file.status().kind == .regular else {
                throw SystemCallError(call: "open", subject: path.shown, errno: .invalidArgument)
            }
            if let count { return try file.read(count, at: 0) }
            return try file.readToEnd(limit: Self.largest)
        } catch {
            throw error.about(path)
        }
    }

    /// Calls `body` with each file of a folder that is no reason for another.
    func forEachFile(in folder: Folder, _ body: (FilePath.Component) -> Void) throws(SystemCallError) {
        try OwnedDescriptor(directory: path(of: folder)).forEachEntry { entry in
            if !Self.isReason(entry.name) { body(entry.name) }
        }
    }

    /// Whether a file says only why another is where it is.
    static func isReason(_ name: FilePath.Component) -> Bool { name.string.hasSuffix(reasonSuffix) }

    /// Removes an entry that waits, and not its pack; one that is gone already is no error.
    func remove(_ name: EntryName) throws(SystemCallError) {
        try removeIfPresent(path(of: name.path, in: .new))
    }

    /// Moves a file out of the way, with the reason in a text beside it.
    func move(
        _ name: FilePath, from origin: Folder = .new, to folder: Folder, reason: String
    ) throws(SystemCallError) {
        let reasonPath = path(of: FilePath(name.string + Self.reasonSuffix), in: folder)
        // A full disk must not keep a bad file in the way of the others; the caller tells the reason, too.
        do throws(SystemCallError) {
            let file = try OwnedDescriptor(
                opening: reasonPath, .writeOnly, options: [.create, .truncate, .noFollow],
                permissions: [.ownerRead, .ownerWrite])
            try file.write(Array((reason + "\n").utf8))
        } catch {}
        try FileSystem.rename(path(of: name, in: origin), to: path(of: name, in: folder))
    }

    /// Brings an entry back that was set aside.
    func bringBack(_ name: EntryName) throws(SystemCallError) {
        try FileSystem.rename(path(of: name.path, in: .aside), to: path(of: name.path, in: .new))
        try removeIfPresent(path(of: FilePath(name.description + Self.reasonSuffix), in: .aside))
    }

    /// Removes an entry that was set aside, and its reason, and not its pack.
    func removeAside(_ name: EntryName) throws(SystemCallError) {
        try removeIfPresent(path(of: name.path, in: .aside))
        try removeIfPresent(path(of: FilePath(name.description + Self.reasonSuffix), in: .aside))
    }

    /// Writes a copy; false when it could not be brought to the device and may be written `again`.
    private func writeCopy(_ bytes: [UInt8], to path: FilePath, again: Bool) throws(SystemCallError) -> Bool {
        let file = try OwnedDescriptor(
            opening: path, .writeOnly, options: [.create, .exclusiveCreate, .noFollow],
            permissions: [.ownerRead, .ownerWrite])
        do throws(SystemCallError) { try file.write(bytes) } catch { throw error.about(path) }
        do throws(SystemCallError) {
            try synchronizeContent(file)
            return true
        } catch {
            guard again else { throw error.about(path) }
            try FileSystem.remove(path)
            return false
        }
    }

    func removeIfPresent(_ path: FilePath) throws(SystemCallError) {
        do throws(SystemCallError) {
            try FileSystem.remove(path)
        } catch {
            if error.errno != .noSuchFileOrDirectory { throw error }
        }
    }
}

extension AgentError {
    /// True when it came of a full disk.
    var isFullDisk: Bool { (cause as? SystemCallError)?.isFullDisk == true }
}

extension SystemCallError {
    /// True when the kernel speaks of this one file, which reading again does not mend.
    var isOfTheFile: Bool {
        switch errno {
        case .ioError, .invalidArgument, .isDirectory, .tooManySymbolicLinkLevels, .fileTooLarge: true
        default: false
        }
    }

    /// True when something ran out that comes back.
    var isShortage: Bool {
        errno == .tooManyOpenFiles || errno == .tooManyOpenFilesInSystem || errno == .noMemory || isFullDisk
    }

    /// True when there is no space left to write to, on the device or for this user.
    var isFullDisk: Bool { errno == .noSpace || errno == .diskQuotaExceeded }
}
