public import SystemPackage

/// Where programs of a test see another machine than the test does (namespaces(7)).
public protocol ProgramNamespace: Sendable {
    /// Whether programs are root in it.
    var isRoot: Bool { get }

    /// How a program is started so that it runs in it, in this folder, under its own process number.
    func entering(_ executable: FilePath, _ arguments: [String], in directory: FilePath) -> (FilePath, [String])
}
