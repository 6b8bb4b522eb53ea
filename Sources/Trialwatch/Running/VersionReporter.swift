internal import SystemPackage
internal import TrialAgent

/// Tells of a run without a file: to the agent that runs, or, where none does, through the same stages here.
actor VersionReporter: RunReporter {
    private let folder: FilePath
    private let identifier: String
    private let client: AgentClient

    /// Tells of a run that belongs to a folder.
    init(folder: FilePath, identifier: String, client: AgentClient) {
        self.folder = folder
        self.identifier = identifier
        self.client = client
    }

    func began(_ run: CommandRun) async throws(CommandFailure) {
        _ = try await client.take(version(run.document()), filing: false)
    }

    func ended(_ run: CommandRun, _ end: CommandRun.End) async throws(CommandFailure) {
        guard let hindrance = try await client.take(version(run.document(end)), filing: true) else { return }
        throw CommandFailure("run", "its trial is not filed yet and waits: \(hindrance)", remedy: "trialwatch agent")
    }

    private func version(_ document: MarkerDocument) -> RunVersion {
        RunVersion(
            folder: folder.string, identifier: identifier, content: String(decoding: document.bytes, as: UTF8.self))
    }
}
