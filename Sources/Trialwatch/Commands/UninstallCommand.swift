internal import ArgumentParser
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

struct UninstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall",
        abstract: "Has systemd run the agent no longer; says what it leaves where it is.",
        discussion: """
            Stops the service and removes what trialwatch install wrote. Configuration, state and records stay.

              trialwatch uninstall
              sudo trialwatch uninstall --system --for ada
            """)

    @OptionGroup var service: ServiceOptions

    @OptionGroup var agent: AgentOptions

    func run() throws {
        let world = try World.ofThisProcess()
        var surroundings = try service.surroundings(world)
        let scope = service.scope
        var steps: [ServiceStep] = [.attempt(scope.systemctl("disable", "--now", scope.unit(of: surroundings)))]
        let own = scope.folder(of: surroundings).appending(scope.file)
        for file in [scope.dropIn(of: surroundings), own] where (try? FileStatus.ifPresent(file)) != .some(nil) {
            let unit = try UnitFile(file)
            // By these it knew where its configuration and state are.
            surroundings.variables.merge(unit.variables) { $1 }
            if unit.isOurs, file != own || scope == .user || !hasOthers(surroundings) {
                steps.append(.remove(file))
            }
        }
        steps.append(.run(scope.systemctl("daemon-reload")))
        try service.perform(steps, world)
        try sayKept(surroundings, world)
    }

    /// Whether the system's template serves others, too.
    private func hasOthers(_ surroundings: Surroundings) -> Bool {
        let wanted = FilePath("/etc/systemd/system/multi-user.target.wants")
        let own = ServiceScope.system.unit(of: surroundings)
        return ((try? FileSystem.entries(of: wanted)) ?? []).contains {
            $0.name.string.hasPrefix("trialwatch@") && $0.name.string != own
        }
    }

    private func sayKept(_ surroundings: Surroundings, _ world: World) throws(CommandFailure) {
        let out = world.output()
        try out.line("Kept, and yours to remove:")
        let there = World(surroundings: surroundings, moments: world.moments, page: world.page)
        // A configuration that cannot be read any more names nothing; what it does not name is where it is by itself.
        let configuration = (try? there.configuration(agent.config)) ?? Configuration(surroundings)
        let main = (try? there.configurationFile(agent.config)) ?? nil
        for file in configuration.files.isEmpty ? [main].compactMap({ $0 }) : configuration.files {
            try out.line("  \(SafeText.line(file.shown)): the configuration")
        }
        try out.line(
            "  \(SafeText.line(configuration.state.shown)): what was taken and is not filed yet, and the snapshots that checkout and diff "
                + "read")
        var known: Set<FilePath> = []
        for choice in [configuration.backend] + configuration.backends
            + ProjectDiscovery(configuration).projects.map(\.backend)
        {
            guard let folder = (try? Backends().open(choice, surroundings))?.folder, known.insert(folder).inserted
            else {
                continue
            }
            try out.line("  \(SafeText.line(folder.shown)): the records")
        }
        try out.flush()
    }
}
