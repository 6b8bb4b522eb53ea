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

    /// Looks at where the command runs.
    init(config: String?, _ world: World) {
        let directory = world.surroundings.workingDirectory
        var folder = directory
        do throws(CommandFailure) {
            if let project = ProjectDiscovery(try world.configuration(config)).projects.deepest(holding: directory) {
                folder = project.root
            } else {
                notes.append(
                    "run: \(directory.shown) lies in no project, so no agent sees the marker that is left there "
                        + "(trialwatch init)")
            }
        } catch {
            notes += error.lines
        }
        var generator = SystemRandomNumberGenerator()
        let name = RandomName.make(&generator) + ".run"
        reporter = MarkerReporter(folder: folder.appending(MarkerPatterns.ownFolder), name: name)
    }
}
