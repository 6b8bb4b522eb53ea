internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

/// Tells of a run without a file: to the agent that runs, or, where none does, through the same stages here.
actor VersionReporter: RunReporter {
    private let executor = BlockingExecutor("trialwatch.version")
    /// It reads the command's own marker on a thread of its own.
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let folder: FilePath
    private let identifier: String
    private let client: AgentClient
    private let own: OwnMarker?

    /// Tells of a run that belongs to a folder, and of which the command's own marker may say more.
    init(folder: FilePath, identifier: String, client: AgentClient, own: OwnMarker? = nil) {
        self.folder = folder
        self.identifier = identifier
        self.client = client
        self.own = own
    }

    func began(_ run: CommandRun) async throws(CommandFailure) {
        _ = try await client.take(version(run.document()), filing: false)
    }

    func ended(_ run: CommandRun, _ end: CommandRun.End) async throws(CommandFailure) {
        var (document, unsaid): (MarkerDocument, CommandFailure?) = (run.document(end), nil)
        do throws(CommandFailure) {
            if let said = try own?.said(of: end.process) { document = try saying(said, run, end) }
        } catch {
            unsaid = error
        }
        let hindrance = try await client.take(version(document), filing: true)
        if let unsaid { throw unsaid }
        if let hindrance {
            throw CommandFailure(
                "run", "its trial is not filed yet and waits: \(hindrance)", remedy: "trialwatch agent")
        }
    }

    /// Each may be a marker, and both together too large for one.
    private func saying(
        _ said: MarkerDocument, _ run: CommandRun, _ end: CommandRun.End
    ) throws(CommandFailure) -> MarkerDocument {
        let document = run.document(end, saying: said)
        if let problem = document.problems.first { throw OwnMarker.failure(own?.path ?? folder, problem) }
        return document
    }

    private func version(_ document: MarkerDocument) -> RunVersion {
        RunVersion(
            folder: folder.string, identifier: identifier, content: String(decoding: document.bytes, as: UTF8.self))
    }
}
