internal import ArgumentParser
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Writes a configuration that watches a folder.",
        discussion: """
            The first makes agent.yaml, later ones a file in conf.d/ beside it. Nothing that is there is overwritten.

              trialwatch init                     the current folder
              trialwatch init ~/work/resnet
            """)

    @Argument(help: ArgumentHelp("The folder to watch; default: the current one.", valueName: "path"))
    var path: String = "."

    @Option(help: ArgumentHelp("The configuration to write or to add to.", valueName: "file"))
    var config: String?

    func run() async throws {
        let world = try World.ofThisProcess()
        let project = try folder(world)
        let content = NewConfiguration(project: project, home: world.surroundings.home)
        guard !content.isPattern else {
            throw CommandFailure(
                "init \(project)", "*, ? and [ in a path mean several folders", remedy: "watch the folder above it")
        }
        let main = try world.configurationFile(config) ?? Configuration.ownFile(world.surroundings)
        let out = world.output()
        if try isThere(main) {
            let known = try world.configuration(config)
            if let covered = ProjectDiscovery(known).projects.deepest(containing: project) {
                try out.line("\(SafeText.line(project.string)) is watched already: \(covered.experiment)")
                return try out.flush()
            }
            let addition = main.removingLastComponent().appending("conf.d").appending("\(content.experiment).yaml")
            try write(content.additionalFile, to: addition, out)
        } else {
            try write(content.mainFile, to: main, out)
        }
        try out.line("Runs in \(SafeText.line(project.string)) become trials of the experiment \(content.experiment).")
        try out.line("Next: trialwatch check, then trialwatch agent. Advice: put *.run into the folder's .gitignore.")
        try out.flush()
    }

    private func folder(_ world: World) throws(CommandFailure) -> FilePath {
        let path = world.surroundings.workingDirectory.pushing(FilePath(path)).lexicallyNormalized()
        do throws(SystemCallError) {
            let resolved = try FileSystem.resolve(path)
            if try FileStatus(of: resolved).kind == .directory, !resolved.components.isEmpty,
                String(validating: resolved) != nil
            {
                return resolved
            }
        } catch {
            throw CommandFailure("init \(self.path)", "\(error)")
        }
        throw CommandFailure(
            "init \(self.path)", "not a folder that can be watched", remedy: "name a folder whose path is UTF-8 text")
    }

    private func isThere(_ path: FilePath) throws(CommandFailure) -> Bool {
        do throws(SystemCallError) {
            return try FileStatus.ifPresent(path, followingLinks: true) != nil
        } catch {
            throw CommandFailure("init", "\(error)")
        }
    }

    private func write(_ text: String, to file: FilePath, _ out: Output) throws(CommandFailure) {
        do throws(SystemCallError) {
            try FileSystem.makeDirectories(file.removingLastComponent())
            try DurableFile.write(Array(text.utf8), to: file, replacing: false)
        } catch {
            throw error.errno == .fileExists
                ? CommandFailure("init", "\(file) is there already", remedy: "change it with an editor")
                : CommandFailure("writing \(file)", "\(error.errno)")
        }
        try out.line("Wrote \(SafeText.line(file.string))")
    }
}
