internal import LocalBackend
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials
internal import YAML

/// `{local: {directory: …}}`: files in daskperiment's layout.
struct LocalKind: BackendKind {
    let name = "local"
    let schemes: [String] = []

    func check(_ choice: BackendChoice, _ expansion: TextExpansion, _ findings: YAMLFindings) {
        _ = directory(choice, expansion, findings)
    }

    func open(_ choice: BackendChoice, _ surroundings: Surroundings) throws(CommandFailure) -> Store {
        let findings = YAMLFindings(file: choice.origin.file.string)
        let expansion = TextExpansion(surroundings, base: choice.base)
        let directory = directory(choice, expansion, findings) ?? surroundings.dataHome.appending("trialwatch")
        guard findings.problems.isEmpty else { throw CommandFailure(YAMLProblems(findings.problems)) }
        // A store that lies in its project can be moved with it.
        var recorded = directory
        let isInProject = choice.belongsToProject && recorded.removePrefix(choice.base) && !recorded.isEmpty
        return try store(in: directory, recorded: isInProject ? recorded : nil, surroundings)
    }

    func open(directory: FilePath, _ surroundings: Surroundings) throws(CommandFailure) -> Store? {
        try store(in: directory, recorded: nil, surroundings)
    }

    func open(experiment: Experiment.ID, at folder: FilePath, _ surroundings: Surroundings) throws(CommandFailure)
        -> Store?
    {
        try store(folder) { boot in
            LocalBackend(
                experiment: experiment, at: folder, cache: cache(surroundings), boot: boot,
                now: { Moments.system().now })
        }
    }

    /// The directory that the settings name; nil when they name none, or after adding a problem.
    private func directory(
        _ choice: BackendChoice, _ expansion: TextExpansion, _ findings: YAMLFindings
    ) -> FilePath? {
        guard var fields = choice.fields(findings) else { return nil }
        let item = fields.value("directory")
        fields.refuseOthers()
        return item.flatMap { expansion.path($0) }
    }

    private func store(
        in directory: FilePath, recorded: FilePath?, _ surroundings: Surroundings
    ) throws(CommandFailure) -> Store {
        try store(directory) { boot in
            LocalBackend(
                directory: directory, recordedDirectory: recorded, cache: cache(surroundings), boot: boot,
                now: { Moments.system().now })
        }
    }

    private func cache(_ surroundings: Surroundings) -> FilePath {
        surroundings.cacheHome.appending("trialwatch/experiments")
    }

    private func store(_ folder: FilePath, _ make: (String) -> LocalBackend) throws(CommandFailure) -> Store {
        do throws(SystemCallError) {
            let backend = make(try Clock.bootIdentifier())
            return Store(
                writer: backend, reader: backend, address: folder.shown, upkeep: { await backend.keepCurrent() },
                lag: { backend.pickleLag }, folder: folder)
        } catch {
            throw CommandFailure("opening \(folder)", "\(error)")
        }
    }
}
