import BackendTesting
import LocalBackend
import SystemCalls
import SystemPackage
import Trials

/// Every kind of store there is, one line each: all promises are tested over all of them.
let backendFixtures: [BackendFixture] = [
    BackendFixture("local files") { try LocalStore().tested }
]

/// Local files in a directory that is removed with it.
final class LocalStore: Sendable {
    let directory: FilePath

    init() throws {
        directory = FilePath("/tmp/trialwatch-backend-\(UInt64.random(in: .min ... .max))")
        try FileSystem.makeDirectory(directory)
    }

    deinit { try? FileSystem.removeTree(directory) }

    /// A store as an agent has it; its clock stands still.
    func backend(boot: String = "boot") -> LocalBackend {
        LocalBackend(directory: directory, boot: boot) { SampleRun.time(100) }
    }

    var tested: TestedBackend {
        TestedBackend(owner: self) { [self] in
            let backend = backend()
            _ = try await backend.prepare()
            return backend
        }
    }
}
