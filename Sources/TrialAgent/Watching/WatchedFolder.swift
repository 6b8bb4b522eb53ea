import SystemCalls
import SystemPackage

/// What is watched of a project.
struct WatchedFolder: Sendable, Equatable {
    /// The project's folder, as the configuration names it.
    var project: FilePath
    /// What counts as a marker.
    var markers: MarkerPatterns
    /// What is not entered, and which files are no markers whatever their names.
    var ignore: IgnoreRules
    /// How often the folders are looked into of which no event tells.
    var pollInterval: Duration

    /// What is watched of a project.
    init(
        project: FilePath, markers: MarkerPatterns = .standard, ignore: IgnoreRules = IgnoreRules(),
        pollInterval: Duration = .seconds(5)
    ) {
        self.project = project
        self.markers = markers
        self.ignore = ignore
        self.pollInterval = pollInterval
    }

    /// Whether a file below the project is a marker by its name. Git's own ignore rules have no say in it.
    func isMarker(_ path: FilePath) -> Bool {
        markers.matches(path) && !ignore.ignoresEntry(path, isDirectory: false)
    }

    /// Whether a file below the project is seen as a marker: it is one, and every folder above it is entered.
    func shows(_ path: FilePath) -> Bool {
        guard isMarker(path) else { return false }
        var folder = path.removingLastComponent()
        while !folder.isEmpty {
            guard isEntered(folder) else { return false }
            folder.removeLastComponent()
        }
        return true
    }

    /// Whether a folder below the project is entered.
    func isEntered(_ path: FilePath) -> Bool {
        !ignore.ignoresEntry(path, isDirectory: true)
    }
}

/// A project's folder as it was found on the disk.
struct FoundRoot: Sendable, Equatable {
    /// Its path with all links followed.
    var path: FilePath
    private var device: UInt64
    private var inode: UInt64
    private var owner: UInt32

    /// Finds the folder; throws when it is not there or is no folder.
    init(of project: FilePath) throws(SystemCallError) {
        path = try FileSystem.resolve(project)
        let status = try FileStatus(of: path)
        guard status.kind == .directory else {
            throw SystemCallError(call: "open", subject: path.shown, errno: .notDirectory)
        }
        (device, inode, owner) = (status.device, status.inode, status.owner)
    }

    /// Opens the folder; `ESTALE` when another one has taken its place.
    func open() throws(SystemCallError) -> OwnedDescriptor {
        let descriptor = try OwnedDescriptor(directory: path, followingLinks: false)
        let status = try descriptor.status()
        guard (device, inode, owner) == (status.device, status.inode, status.owner) else {
            throw SystemCallError(call: "open", subject: path.shown, errno: .staleNFSFileHandle)
        }
        return descriptor
    }
}
