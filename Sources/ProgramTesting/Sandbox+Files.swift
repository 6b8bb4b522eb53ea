internal import SystemCalls
public import SystemPackage

extension Sandbox {
    /// Makes a project's folder below the home directory.
    public func makeProject(_ name: String = "project") throws -> FilePath {
        let project = root.appending("home").appending(name)
        try FileSystem.makeDirectories(project)
        return project
    }

    /// Writes a file in place, making the folders above it.
    public func write(_ text: String, to path: FilePath) throws {
        try FileSystem.makeDirectories(path.removingLastComponent())
        try OwnedDescriptor(opening: path, .writeOnly, options: [.create, .truncate]).write(Array(text.utf8))
    }

    /// Gives a file new content by renaming a whole one into place, as a careful script writes its marker.
    public func replace(_ path: FilePath, with text: String) throws {
        let temporary = path.removingLastComponent().appending(".\(path.lastComponent?.string ?? "").new")
        try write(text, to: temporary)
        try FileSystem.rename(temporary, to: path)
    }

    /// Writes the configuration that programs find by themselves.
    public func configure(_ yaml: String) throws {
        try write(yaml, to: configuration)
    }

    /// What lies in the state directory on its way, or set aside: nothing when all is filed.
    public func leftInState() throws -> [String] {
        try ["spool/new", "spool/aside", "spool/quarantine", "spool/tmp", "parts"].flatMap { folder in
            try FileSystem.entries(of: root.appending("state/trialwatch").appending(folder)).map {
                "\(folder)/\($0.name.string)"
            }
        }
    }
}
