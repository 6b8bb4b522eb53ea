internal import Glibc
internal import SystemCalls
public import SystemPackage

/// A directory of one test's own, removed with all that is in it when the test lets go of it.
public final class TemporaryDirectory: Sendable {
    /// Where it is.
    public let path: FilePath

    /// Makes an empty directory.
    public init() throws {
        path = FilePath("/tmp/trialwatch-test-\(UInt64.random(in: .min ... .max))")
        try FileSystem.makeDirectory(path)
    }

    deinit {
        try? FileSystem.removeTree(path)
    }

    /// Writes a file in place, and makes the directories above it.
    @discardableResult
    public func file(_ name: String, _ content: String = "") throws -> FilePath {
        let file = path.pushing(FilePath(name))
        try FileSystem.makeDirectories(file.removingLastComponent())
        try OwnedDescriptor(opening: file, .writeOnly, options: [.create, .truncate]).write(Array(content.utf8))
        return file
    }
}

/// Makes a named pipe, which no code of ours ever does.
public func makePipe(_ path: FilePath) throws {
    guard path.withPlatformString({ mkfifo($0, 0o600) }) == 0 else {
        throw SystemCallError(call: "mkfifo", subject: path.shown, errno: Errno(rawValue: errno))
    }
}
