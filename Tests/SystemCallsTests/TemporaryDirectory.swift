import Glibc
import SystemCalls
import SystemPackage
import Testing

/// A directory of one test's own, removed with all that is in it when the test lets go of it.
final class TemporaryDirectory: Sendable {
    let path: FilePath

    init() throws {
        path = FilePath("/tmp/trialwatch-test-\(UInt64.random(in: .min ... .max))")
        try FileSystem.makeDirectory(path)
    }

    deinit {
        try? FileSystem.removeTree(path)
    }

    func file(_ name: String, _ content: String = "") throws -> FilePath {
        let file = path.appending(name)
        try OwnedDescriptor(opening: file, .writeOnly, options: [.create, .truncate]).write(Array(content.utf8))
        return file
    }
}

/// Makes a named pipe, which no code of ours ever does.
func makePipe(_ path: FilePath) throws {
    let made = path.withPlatformString { mkfifo($0, 0o600) }
    try #require(made == 0)
}
