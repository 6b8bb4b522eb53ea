internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import YAML

/// Whether a file is taken for a marker, by where it is and what it is called.
struct MarkerName {
    /// What the user should know; nothing when it is a marker and nothing stood against looking.
    private(set) var notes: [String] = []

    /// Looks the file's project up; outside of any, and where the configuration can't be read, the usual names hold.
    init(_ path: FilePath, config: String?, _ world: World) {
        let full = world.surroundings.workingDirectory.pushing(path).lexicallyNormalized()
        let folder = (try? FileSystem.resolve(full.removingLastComponent())) ?? full.removingLastComponent()
        var patterns = MarkerPatterns.standard
        do throws(CommandFailure) {
            let projects = ProjectDiscovery(try world.configuration(config)).projects
            if let project = projects.deepest(holding: folder) { patterns = project.settings.markers }
        } catch {
            notes += error.lines + ["mark \(path.shown): so the usual names of markers are taken to hold"]
        }
        if let component = path.lastComponent, !patterns.matches(folder.appending(component)) {
            let names = patterns.patterns.map(\.text).joined(separator: ", ")
            notes.append(
                "mark \(path.shown): the agent takes no file of this name for a marker: call it one of \(names)")
        }
    }
}
