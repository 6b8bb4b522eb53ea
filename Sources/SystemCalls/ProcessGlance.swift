public import SystemPackage

/// As little of a process as tells which folders it has to do with: all processes are looked through for a few.
///
/// Each answer is that of the process which has the number at that moment.
public struct ProcessGlance: Sendable {
    /// The process's number.
    public let number: Int32

    private let folder: FilePath

    /// The process of this number, if there is one.
    public init(_ number: Int32, in proc: FilePath = "/proc") {
        self.number = number
        folder = proc.appending("\(number)")
    }

    /// The working directory, as its container names it; nil also when this process may not know.
    public var workingDirectory: FilePath? { try? FileSystem.target(ofLink: folder.appending("cwd")) }

    /// The file that it runs, as its container names it; nil for a thread of the kernel, and when this process may not know.
    public var executable: FilePath? { try? FileSystem.target(ofLink: folder.appending("exe")) }

    /// What it has open that has a path, of its first `most` descriptors; empty when this process may not know.
    public func openFiles(atMost most: Int) -> [FilePath] {
        guard let descriptors = try? OwnedDescriptor(directory: folder.appending("fd")) else { return [] }
        var numbers: [FilePath] = []
        try? descriptors.forEachEntry { entry in
            if numbers.count < most { numbers.append(FilePath(root: nil, [entry.name])) }
        }
        return numbers.compactMap { try? descriptors.target(ofLink: $0) }.filter(\.isAbsolute)
    }
}
