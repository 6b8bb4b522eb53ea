internal import BackendTesting
internal import LocalBackend
internal import Mongo
internal import MongoBackend
internal import RedisBackend
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Files runs into a store as an agent does, and says each number once the store has acknowledged it.
///
///     backend-writer local:/directory FIRST COUNT
///     backend-writer redis://host:port/database FIRST COUNT
///     backend-writer mongodb://host:port/database FIRST COUNT
///     backend-writer ADDRESS MEASURE FIRST COUNT
///
/// Tests start several of it at once, and kill it at every step.
@main struct BackendWriter {
    static func main() async throws {
        // The agent's tasks have threads of their own, too.
        try await withTaskExecutorPreference(TaskThreads()) { try await work() }
    }

    private static func work() async throws {
        let arguments = CommandLine.arguments
        if arguments.count == 5, let first = Int(arguments[3]), let count = Int(arguments[4]),
            let backend = backend(at: arguments[1])
        {
            _ = try await backend.prepare()
            guard
                let numbers = try await BackendRates(backend: backend).measure(arguments[2], first: first, count: count)
            else { return say("there is no measure \(arguments[2])") }
            return say(numbers)
        }
        guard arguments.count == 4, let first = Int(arguments[2]), let count = Int(arguments[3]),
            let backend = backend(at: arguments[1])
        else {
            try FileDescriptor.standardError.writeAll("usage: backend-writer ADDRESS FIRST COUNT\n".utf8)
            return
        }
        do throws(StoreError) {
            _ = try await backend.prepare()
            for run in first..<(first + count) {
                for filing in FiledInSteps(run).filings {
                    let answers = try await backend.file([filing])
                    guard case .done(let reference, let revision, _)? = answers.first else { continue }
                    say("\(run) \(reference.number) \(revision)")
                }
                // The first run has the pickle written whole, later ones go on with it.
                try await backend.synchronize()
            }
        } catch {
            say("gave up: \(error)")
        }
    }

    /// A line that could not be said is one that nobody heard.
    private static func say(_ line: String) {
        _ = try? FileDescriptor.standardOutput.writeAll((line + "\n").utf8)
    }

    private static func backend(at address: String) -> (any TrialWriter & TrialReader)? {
        if let redis = try? RedisAddress(address) {
            return RedisBackend(RedisSettings(address: redis)) { SampleRun.time(100) }
        }
        if let mongo = try? MongoAddress(address) {
            return MongoBackend(MongoSettings(address: mongo)) { SampleRun.time(100) }
        }
        guard address.hasPrefix("local:") else { return nil }
        return LocalBackend(directory: FilePath(String(address.dropFirst(6))), boot: "boot") { SampleRun.time(100) }
    }
}
