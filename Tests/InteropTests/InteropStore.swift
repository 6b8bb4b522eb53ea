import BackendTesting
import LocalBackend
import SystemPackage
import TestFiles
import Trials

/// Local files in a directory of one test's own.
final class InteropStore: Sendable {
    private let temporary: TemporaryDirectory
    let backend: LocalBackend

    /// With `recordedAs`, the pickle says that path, relative to the directory above.
    init(recordedAs recorded: FilePath? = nil) throws {
        temporary = try TemporaryDirectory()
        backend = LocalBackend(
            directory: temporary.path.appending("store"), recordedDirectory: recorded, boot: "boot"
        ) { SampleRun.time(100) }
    }

    /// The directory above the store.
    var directory: FilePath { temporary.path }

    /// The directory of an experiment.
    func folder(_ experiment: String) -> FilePath { directory.appending("store").appending(experiment) }

    /// Files, and brings the pickle up to date.
    func file(_ filings: [Filing]) async throws -> [Filed] {
        _ = try await backend.prepare()
        let answers = try await backend.file(filings)
        try await backend.synchronize()
        return answers
    }
}
