internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import YAML

/// A marker that is there or is to be, and that nobody else changes meanwhile by `trialwatch mark`.
struct MarkedFile: ~Copyable {
    /// What it says; nothing when it is not there.
    let document: MarkerDocument
    /// What the user should know.
    let notes: [String]

    private let path: FilePath
    private let folder: OwnedDescriptor
    private let permissions: FilePermissions?

    /// How long another `trialwatch mark` is waited for.
    private static let patience = Duration.seconds(5)
    /// As any program makes a file; the process's mask takes its share.
    private static let usual: FilePermissions = [
        .ownerReadWrite, .groupReadWrite, .otherReadWrite,
    ]

    /// Locks the marker's folder and reads the marker.
    init(_ path: FilePath) throws(CommandFailure) {
        guard let component = path.lastComponent, component.kind == .regular else {
            throw Self.failure(path, "it names no file")
        }
        let folder = try Self.openFolder(of: path)
        let name = FilePath(root: nil, [component])
        let notes = try Self.lock(folder, path)
        let status = try Self.look(at: name, in: folder, path)
        document = status == nil ? MarkerDocument() : try Self.read(name, in: folder, path)
        permissions = status?.permissions
        self.path = path
        self.notes = notes
        self.folder = folder
    }

    /// Puts this in the marker's place, at once and whole.
    consuming func replace(with document: MarkerDocument) throws(CommandFailure) {
        let problems = document.problems
        guard problems.isEmpty else {
            throw CommandFailure(
                lines: problems.map { "mark \(path.shown): it would be no valid marker: \($0)" }, status: .failed)
        }
        do throws(SystemCallError) {
            let file = try DurableFile(at: path, permissions: permissions ?? Self.usual)
            if let permissions { try file.setPermissions(permissions) }
            try file.write(document.bytes)
            try file.commit()
        } catch {
            throw Self.failure(path, "writing it: \(error)")
        }
    }

    private static func openFolder(of path: FilePath) throws(CommandFailure) -> OwnedDescriptor {
        let folder = path.removingLastComponent()
        do throws(SystemCallError) {
            return try OwnedDescriptor(directory: folder.isEmpty ? "." : folder)
        } catch {
            throw failure(path, "opening its folder: \(error)")
        }
    }

    private static func read(
        _ name: FilePath, in folder: borrowing OwnedDescriptor, _ path: FilePath
    ) throws(CommandFailure) -> MarkerDocument {
        let bytes: [UInt8]
        do throws(SystemCallError) {
            bytes = try folder.openBeneath(name).readToEnd(limit: MarkerCheck.limit)
        } catch {
            throw failure(path, "reading it: \(error)")
        }
        do throws(YAMLProblems) {
            return MarkerDocument(try MarkerCheck.content(of: bytes, named: path.shown))
        } catch {
            throw CommandFailure(
                lines: error.problems.map(\.description) + ["mark \(path.shown): it is no valid marker: left as it is"],
                status: .failed)
        }
    }

    private static func lock(_ folder: borrowing OwnedDescriptor, _ path: FilePath) throws(CommandFailure) -> [String] {
        do throws(SystemCallError) {
            if try folder.lock(.exclusive, within: patience) { return [] }
        } catch {
            // NFS locks only what is open for writing, which a folder never is (flock(2)).
            let why = "its folder cannot be locked (\(error.errno))"
            return ["mark \(path.shown): \(why): of two marks at the same time one may be lost"]
        }
        throw failure(
            path, "its folder is locked since \(patience.components.seconds) s",
            remedy: "see what holds it: lslocks")
    }

    /// Nil when nothing is there.
    private static func look(
        at name: FilePath, in folder: borrowing OwnedDescriptor, _ path: FilePath
    ) throws(CommandFailure) -> FileStatus? {
        let status: FileStatus
        do throws(SystemCallError) {
            status = try folder.status(of: name)
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw failure(path, "looking at it: \(error)")
        }
        switch status.kind {
        case .regular: return status
        case .symbolicLink:
            let target = (try? folder.target(ofLink: name).shown) ?? "another file"
            throw failure(path, "it is a symbolic link, which the agent does not follow", remedy: "mark \(target)")
        default: throw failure(path, "it is no regular file")
        }
    }

    private static func failure(_ path: FilePath, _ why: String, remedy: String? = nil) -> CommandFailure {
        CommandFailure("mark \(path.shown)", why, remedy: remedy)
    }
}
