import Bytes
import SystemCalls
import SystemPackage
import Trials

/// One complete reading of a marker file.
struct MarkerContent: Sendable, Equatable {
    var place: MarkerPlace
    var identity: VersionIdentity
    var bytes: [UInt8]
    var owner: UInt32
    /// When the content came to stand here: the later of its writing and its renaming, in nanoseconds since 1970.
    var changed: Int
    /// About how many versions before this one were overwritten before they could be read.
    var overwritten = 0
    /// True when it lies in no file, but was told to the agent.
    var isTold = false
    /// The process that it names, where that was looked for when it was read.
    var process: NamedProcess?
    /// When it was read as it came, by the monotonic clock in nanoseconds; nil when it was found later, and whoever wrote it may
    /// be long gone.
    var read: Int64?
}

/// The one safe door to files of a project: nothing is followed, nothing blocks, nothing foreign is read.
struct MarkerReader: Sendable {
    /// What a reading came to.
    enum Reading: Sendable {
        case content(MarkerContent)
        /// Nothing is there any more.
        case absent
        /// Somebody is writing to it: its CLOSE_WRITE will tell when it is complete.
        case beingWritten
        /// It is no marker, and why.
        case refused(String)
    }

    /// The largest marker: 1 MiB.
    static let limit = 1 << 20

    /// Users whose files are read: the agent's own, root, and those of `owners:`.
    let owners: Set<UInt32>

    /// Looks at the file without reading it.
    func stamp(_ place: MarkerPlace, below project: borrowing OwnedDescriptor) throws(SystemCallError) -> FileStamp? {
        do throws(SystemCallError) {
            let file = try project.openBeneath(place.path)
            return try FileStamp(of: file, file.status())
        } catch {
            if Self.isAbsent(error) || Self.refusal(error) != nil { return nil }
            throw error
        }
    }

    /// Reads a project's file whole.
    ///
    /// With `asking`, a file that somebody has open for writing is not read.
    func read(_ place: MarkerPlace, askingForWriters asking: Bool) throws(SystemCallError) -> Reading {
        try read(place, below: OwnedDescriptor(directory: place.project), askingForWriters: asking)
    }

    /// Reads a file below its project's folder, which is open.
    ///
    /// With `asking`, a file that somebody has open for writing is not read.
    func read(
        _ place: MarkerPlace, below project: borrowing OwnedDescriptor, askingForWriters asking: Bool
    ) throws(SystemCallError) -> Reading {
        do throws(SystemCallError) {
            return try readOpened(project.openBeneath(place.path), place, asking)
        } catch {
            if Self.isAbsent(error) { return .absent }
            if let reason = Self.refusal(error) { return .refused(reason) }
            throw error.about(place.full)
        }
    }

    private func readOpened(
        _ file: borrowing OwnedDescriptor, _ place: MarkerPlace, _ asking: Bool
    ) throws(SystemCallError) -> Reading {
        // A file that changes while it is read is read again; one that never stands still is left to its CLOSE_WRITE.
        for _ in 0..<3 {
            let before = try file.status()
            if let reason = refusal(of: before) { return .refused(reason) }
            if asking, try file.isOpenForWriting() == true { return .beingWritten }
            let bytes = try file.read(Int(before.size) + 1, at: 0)
            let after = try file.status()
            guard before.size == after.size, before.modified == after.modified, bytes.count == Int(after.size) else {
                continue
            }
            let identity = VersionIdentity(stamp: try FileStamp(of: file, after), digest: SHA256.digest(of: bytes).hex)
            return .content(
                MarkerContent(
                    place: place, identity: identity, bytes: bytes, owner: after.owner,
                    changed: Int(max(after.modified, after.changed))))
        }
        return .beingWritten
    }

    private func refusal(of status: FileStatus) -> String? {
        guard status.kind == .regular else { return "it is no regular file but a \(status.kind)" }
        guard status.size <= Self.limit else {
            return "it has \(status.size) bytes, and a marker has at most \(Self.limit)"
        }
        guard owners.contains(status.owner) else {
            return "it belongs to user \(status.owner), whose files are not read (name the user under `owners`)"
        }
        return nil
    }

    private static func isAbsent(_ error: SystemCallError) -> Bool {
        error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory
    }

    private static func refusal(_ error: SystemCallError) -> String? {
        switch error.errno {
        case .tooManySymbolicLinkLevels: "it is a symbolic link, or lies behind one, and links are not followed"
        case .improperLink: "it lies outside its project"
        case .permissionDenied: "reading it is not permitted"
        // A socket cannot be opened, nor can a device without its driver (open(2)).
        case .noSuchAddressOrDevice: "it is no regular file"
        default: nil
        }
    }
}

extension FileStamp {
    /// The stamp of an open file.
    init(of file: borrowing OwnedDescriptor, _ status: FileStatus) throws(SystemCallError) {
        let volume = try file.volume()
        // On a network file system every host has handles of its own; the inode's number is the same for all.
        let handle = volume.isNetwork ? nil : try file.fileHandle()
        let hex = handle.map { handle in
            "\(handle.type)." + handle.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        self.init(
            volume: Self.name(of: volume, status), file: hex ?? "inode \(status.inode)", modified: Int(status.modified),
            size: Int(status.size))
    }

    /// The `volume` of an open file's stamp.
    static func volume(
        of file: borrowing OwnedDescriptor, _ status: FileStatus
    ) throws(SystemCallError) -> String {
        name(of: try file.volume(), status)
    }

    private static func name(of volume: Volume, _ status: FileStatus) -> String {
        volume.isNetwork || volume.identifier == 0
            ? "device \(status.device)" : String(volume.identifier, radix: 16)
    }
}
