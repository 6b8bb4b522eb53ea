internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

/// A way in which a command's run becomes known.
///
/// What it throws is told to the user, and changes nothing for the command.
protocol RunReporter: Sendable {
    /// The command has been started; it may have ended already.
    func began(_ run: CommandRun) async throws(CommandFailure)

    /// The command has ended, and this process is about to. Called even when `began` failed.
    func ended(_ run: CommandRun, _ end: CommandRun.End) async throws(CommandFailure)
}

/// Which way is taken: the one place that decides it.
struct RunReporting {
    /// The way.
    let reporter: any RunReporter
    /// What the user should know.
    private(set) var notes: [String] = []

    /// Looks at where the command runs, and whether an agent does.
    ///
    /// In a project that an agent watches, a marker tells of the run, as the command's own does of its own; elsewhere its versions
    /// are handed over.
    init(config: String?, own: OwnMarker?, _ world: World) async {
        var generator = SystemRandomNumberGenerator()
        let name = RandomName.make(&generator)
        let directory = world.surroundings.workingDirectory
        do throws(CommandFailure) {
            let configuration = try world.configuration(config)
            let client = AgentClient(configuration, world)
            let project = ProjectDiscovery(configuration).projects.deepest(holding: directory)?.root
            if let project, await client.isAnswered() {
                reporter = MarkerReporter(
                    folder: project.appending(MarkerPatterns.ownFolder), name: "\(name).run", client: client)
            } else {
                let folder = project ?? own?.path.removingLastComponent() ?? directory
                reporter = VersionReporter(
                    folder: folder, identifier: name, client: client, own: project == nil ? own : nil)
            }
        } catch {
            notes += error.lines
            reporter = MarkerReporter(folder: directory.appending(MarkerPatterns.ownFolder), name: "\(name).run")
        }
    }
}
