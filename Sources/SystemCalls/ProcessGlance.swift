public import SystemPackage

/// As little of a process as tells which folders it has to do with: all processes are looked through for a few.
public struct ProcessGlance: ~Copyable, Sendable {
    /// The process's number.
    public let number: Int32
    /// The user whose it is; root also for a process that lets nobody look into it.
    public let owner: UInt32

    private let folder: OwnedDescriptor

    /// Nil when there is no process of this number that can be looked at.
    public init?(_ number: Int32, in proc: FilePath = "/proc") {
        guard let folder = try? OwnedDescriptor(directory: proc.appending("\(number)")),
            let status = try? folder.status()
        else { return nil }
        self.number = number
        owner = status.owner
        self.folder = folder
    }

    /// The working directory; of a process in a container, as the container names it.
    public borrowing func workingDirectory() -> FilePath? { try? folder.target(ofLink: "cwd") }

    /// What it has open that has a path, of its first `most` descriptors; empty when this process may not know.
    public borrowing func openFiles(atMost most: Int) -> [FilePath] {
        guard let descriptors = try? folder.openDirectory("fd") else { return [] }
        var numbers: [FilePath] = []
        try? descriptors.forEachEntry { entry in
            if numbers.count < most { numbers.append(FilePath(root: nil, [entry.name])) }
        }
        return numbers.compactMap { try? descriptors.target(ofLink: $0) }.filter(\.isAbsolute)
    }
}
