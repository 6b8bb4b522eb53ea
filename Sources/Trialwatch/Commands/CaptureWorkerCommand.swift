internal import ArgumentParser
internal import Git
internal import TrialAgent

/// What the agent starts its own program as, to read in projects; not for people.
struct CaptureWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture-worker", abstract: "Captures for an agent, over standard input and output.",
        shouldDisplay: false)

    @Flag(help: "Work when nobody else does.")
    var background = false

    func run() throws {
        let surroundings = try World.ofThisProcess().surroundings
        // Without the library there are facts without git's; its capturer says so in each of them.
        let git = try? GitLibrary(home: surroundings.home, configuration: surroundings.configurationHome)
        do throws(AgentError) {
            try CaptureWorker.run(Capturers.all(git: git) + [SnapshotPacker(git)], isBackground: background)
        } catch {
            throw CommandFailure(error)
        }
    }
}
