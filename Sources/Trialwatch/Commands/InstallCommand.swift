internal import ArgumentParser
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

struct InstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Has systemd run the agent, now and at every start.",
        discussion: """
            Prints each thing that it does. With --system it writes a drop-in that lets the agent write to its state \
            directory, to stores in local files and to projects that want receipts, and to nothing else; run it again \
            after these have changed in the configuration. Run again, it keeps the configuration and the credentials that it was \
            given before, unless others are named; trialwatch uninstall forgets them.

              trialwatch install                           your own service
              sudo trialwatch install --system --for ada   the system's, for ada
            """)

    @OptionGroup var service: ServiceOptions

    @OptionGroup var agent: AgentOptions

    @Option(
        help: ArgumentHelp(
            "A folder of files that the agent gets as credentials, each by its name: for ${credential:NAME} in the configuration.",
            valueName: "folder"))
    var credentials: String?

    func run() throws {
        let world = try World.ofThisProcess()
        var surroundings = try service.surroundings(world)
        let scope = service.scope
        let dropIn = scope.dropIn(of: surroundings)
        let before = isThere(dropIn) ? try own(dropIn) : nil
        let kept = keep(before, in: &surroundings)
        let folder =
            credentials.map { world.surroundings.workingDirectory.pushing(FilePath($0)).lexicallyNormalized() }
            ?? before?.credentials
        if let folder { surroundings.variables["CREDENTIALS_DIRECTORY"] = folder.string }
        var needs = try needs(surroundings, scope, world)
        if let folder { needs.credentials = try files(in: folder) }

        try say(kept, world)
        var steps = try unitSteps(surroundings, scope)
        if scope == .system {
            for path in needs.made { steps.append(.makeFolder(path, as: surroundings.user)) }
        }
        if let text = try needs.dropIn() {
            steps.append(.write(dropIn, text))
        } else if before != nil {
            steps.append(.remove(dropIn))
        }
        let unit = scope.unit(of: surroundings)
        steps += [
            .run(scope.systemctl("daemon-reload")), .run(scope.systemctl("enable", unit)),
            // One that runs already is to go by the unit as it is now.
            .run(scope.systemctl("restart", unit)),
        ]
        try service.perform(steps, world)
        try say(surroundings, scope, world)
    }

    /// What was asked for the last time, and is not asked for otherwise now, holds on: the agent would else go to another
    /// configuration or state, or stand there without its passwords. Gives what is to be said of it.
    private func keep(_ before: UnitFile?, in surroundings: inout Surroundings) -> [String] {
        var kept: [String] = []
        for (name, value) in (before?.variables ?? [:]).sorted(by: { $0.key < $1.key })
        where surroundings.variables[name]?.isEmpty != false && (name != Self.file || agent.config == nil) {
            surroundings.variables[name] = value
            kept.append("\(name)=\(value)")
        }
        if credentials == nil, let folder = before?.credentials { kept.append("--credentials \(folder.shown)") }
        return kept
    }

    private static let file = "TRIALWATCH_CONFIG"

    private func say(_ kept: [String], _ world: World) throws(CommandFailure) {
        let out = world.output()
        for one in kept { try out.line("as before: \(SafeText.line(one))") }
        try out.flush()
    }

    private func needs(
        _ surroundings: Surroundings, _ scope: ServiceScope, _ world: World
    ) throws(CommandFailure) -> ServiceNeeds {
        let there = World(surroundings: surroundings, moments: world.moments, page: world.page)
        let file = try there.configurationFile(agent.config)
        guard let file else {
            throw CommandFailure(
                "install", "\(surroundings.user) has no configuration: nothing would be watched",
                remedy: "as \(surroundings.user): trialwatch init FOLDER", status: .configuration)
        }
        var needs = try ServiceNeeds(try there.configuration(agent.config), surroundings, scope)
        var own = surroundings
        own.variables[Self.file] = nil
        let found = World(surroundings: own, moments: world.moments, page: world.page)
        // The system's service may start before the home is there, and is not to take another file for its own then.
        let isFound = try found.configurationFile(nil) == file
        if scope == .system || !isFound { needs.variables.append((Self.file, file)) }
        // The service manager's environment need not be the shell's.
        needs.variables += surroundings.ownFolders.map { ($0.name, $0.folder) }
        return needs
    }

    /// A unit or drop-in of ours, which nobody else may have written.
    private func own(_ file: FilePath) throws(CommandFailure) -> UnitFile {
        let unit = try UnitFile(file)
        guard unit.isOurs else {
            throw CommandFailure(
                "install", "\(file.shown) is there, and was not written by trialwatch install",
                remedy: "move it away, or use systemctl yourself")
        }
        return unit
    }

    /// The package's unit serves its own program; for another one a unit is written.
    private func unitSteps(_ surroundings: Surroundings, _ scope: ServiceScope) throws(CommandFailure) -> [ServiceStep]
    {
        let written = scope.folder(of: surroundings).appending(scope.file)
        let program: FilePath
        do throws(SystemCallError) { program = try FileSystem.target(ofLink: "/proc/self/exe") } catch {
            throw CommandFailure("install", "asking where this program is: \(error)")
        }
        if isThere(written) { _ = try own(written) }
        if program == UnitText.packagedProgram, scope.packaged.contains(where: { isThere($0) }) {
            // It would hide the package's.
            return isThere(written) ? [.remove(written)] : []
        }
        return [.write(written, try UnitText.unit(scope.text, running: program))]
    }

    private func files(in folder: FilePath) throws(CommandFailure) -> [(name: String, file: FilePath)] {
        do throws(SystemCallError) {
            return try FileSystem.entries(of: folder).filter { $0.kind == .regular }
                .map { ($0.name.string, folder.appending($0.name)) }.sorted { $0.0 < $1.0 }
        } catch {
            throw CommandFailure("--credentials \(credentials ?? "")", "\(error)")
        }
    }

    private func isThere(_ path: FilePath) -> Bool { (try? FileStatus.ifPresent(path)) != .some(nil) }

    private func say(_ surroundings: Surroundings, _ scope: ServiceScope, _ world: World) throws(CommandFailure) {
        let out = world.output()
        let user = surroundings.user
        switch scope {
        case .user:
            try out.line("The agent runs as your service. Its log: journalctl --user -u trialwatch")
            if !isThere(FilePath("/var/lib/systemd/linger").appending(user)) {
                try out.line("It ends when you log out, unless you say once: loginctl enable-linger")
            }
        case .system:
            try out.line(
                "The agent runs for \(SafeText.line(user)). Its log: journalctl -u trialwatch@\(SafeText.line(user))")
            try out.line(
                "When stores, state:, receipts: or metrics_file: change in the configuration, or a project with a store of its own "
                    + "appears, run this command again.")
        }
        try out.line("Next: trialwatch status")
        try out.flush()
    }
}
