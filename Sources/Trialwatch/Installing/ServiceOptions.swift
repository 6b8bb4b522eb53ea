internal import ArgumentParser
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

/// Whose service is meant.
struct ServiceOptions: ParsableArguments {
    @Flag(help: "The service of your own service manager; this is the default.")
    var user = false

    @Flag(help: "An instance of the system's service trialwatch@, which works for one user; needs root.")
    var system = false

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("With --system: the user; default: who called sudo.", valueName: "user"))
    var name: String?

    @Flag(help: "Say what would be done, and do nothing.")
    var dryRun = false

    func validate() throws {
        if user && system { throw ValidationError("--user and --system are two things; choose one") }
        if name != nil && !system { throw ValidationError("--for goes with --system") }
    }

    var scope: ServiceScope { system ? .system : .user }

    /// The user whose runs are recorded, with nothing of our own environment for another one.
    func surroundings(_ world: World) throws(CommandFailure) -> Surroundings {
        guard system else {
            guard !world.surroundings.isRoot else {
                throw CommandFailure(
                    "install --user", "root's own service would read every user's files",
                    remedy: "as the user whose projects are watched, or: --system --for USER", status: .usage)
            }
            return world.surroundings
        }
        guard let name = name ?? world.surroundings.variables["SUDO_USER"], name != "root" else {
            throw CommandFailure(
                "install --system", "for which user?", remedy: "name one with --for USER", status: .usage)
        }
        let found: User?
        do throws(SystemCallError) { found = try User(named: name) } catch {
            throw CommandFailure("looking up \(name)", "\(error)")
        }
        guard let found else {
            throw CommandFailure("install --system", "there is no user \(name)", status: .usage)
        }
        return Surroundings(
            user: found.name, userIdentifier: found.identifier, home: found.home,
            // Those that systemd sets for a service with User= (systemd.exec(5)).
            variables: ["USER": found.name, "LOGNAME": found.name, "HOME": found.home.string],
            workingDirectory: world.surroundings.workingDirectory)
    }

    /// Says each step, and does it unless only saying was asked for.
    func perform(_ steps: [ServiceStep], _ world: World) throws(CommandFailure) {
        let out = world.output()
        for step in steps {
            try out.line((dryRun ? "would " : "") + SafeText.line(step.text))
            // Programs that are run write to the same place.
            try out.flush()
            if !dryRun { try step.perform(world.surroundings) }
        }
    }
}
