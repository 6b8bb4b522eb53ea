internal import SystemCalls
internal import SystemPackage

/// Tells of a run by a marker in `.trialwatch/`, which the agent sees as it sees any other; it goes again when the agent has
/// claimed how the run ended.
actor MarkerReporter: RunReporter {
    private let executor = BlockingExecutor("trialwatch.marker")
    /// It waits for the disk on a thread of its own.
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let folder: FilePath
    private let file: FilePath
    private let client: AgentClient?

    /// So long the agent is waited for.
    private static let patience: Duration = .seconds(2)

    /// A marker of this name in this folder, which is made when it is needed; without a client it stays.
    init(folder: FilePath, name: String, client: AgentClient? = nil) {
        self.folder = folder
        file = folder.appending(name)
        self.client = client
    }

    func began(_ run: CommandRun) async throws(CommandFailure) { try write(run.document()) }

    func ended(_ run: CommandRun, _ end: CommandRun.End) async throws(CommandFailure) {
        let document = run.document(end)
        try write(document)
        guard await client?.hasClaimed(file, document.bytes, within: Self.patience) == true else { return }
        // It is only a file by now; one that cannot be removed does no harm.
        try? FileSystem.remove(file)
    }

    private func write(_ document: MarkerDocument) throws(CommandFailure) {
        do throws(SystemCallError) {
            try prepareFolder()
            try DurableFile.write(document.bytes, to: file)
        } catch {
            throw CommandFailure(
                "run", "writing the marker \(file.shown): \(error)", remedy: "this run may not become a trial")
        }
    }

    /// For the user alone, and nothing that git would want to have.
    private func prepareFolder() throws(SystemCallError) {
        do throws(SystemCallError) {
            try FileSystem.makeDirectory(folder)
        } catch {
            if error.errno != .fileExists { throw error }
        }
        // A link would lead what is written here to anywhere.
        guard try FileStatus(of: folder).kind == .directory else {
            throw SystemCallError(call: "mkdir", subject: folder.shown, errno: .notDirectory)
        }
        let ignoring = folder.appending(".gitignore")
        guard try FileStatus.ifPresent(ignoring) == nil else { return }
        do throws(SystemCallError) {
            try DurableFile.write(Array("*\n".utf8), to: ignoring, replacing: false)
        } catch {
            // Another run may have made it since.
            if error.errno != .fileExists { throw error }
        }
    }
}
