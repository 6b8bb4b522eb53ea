internal import Git
internal import JSON
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials
internal import YAML

/// What `check` finds: what would be watched, where it would be filed, and what stands against it.
struct CheckReport {
    /// A project that is there.
    struct WatchedProject {
        var path: String
        var experiment: String
        var backend: String
        var directories: Int
    }

    /// A store that some project uses.
    struct CheckedBackend {
        var name: String
        var kind: String
        /// Nil when it can be filed to.
        var error: String?
    }

    /// The files that were read.
    var files: [String] = []
    var projects: [WatchedProject] = []
    var backends: [CheckedBackend] = []
    /// Watches that one user may have.
    var watchLimit: Int?
    /// What does not work, each with its remedy.
    var problems: [String] = []
    /// What works otherwise than one may think.
    var warnings: [String] = []

    /// Looks at projects and limits, and connects to the stores.
    init(_ configuration: Configuration, _ world: World) async {
        files = configuration.files.map(\.string)
        warnings = configuration.notYetImplemented.map(\.description)
        if files.isEmpty {
            warnings.append("there is no configuration: nothing is watched (trialwatch init writes one)")
        }
        let discovery = ProjectDiscovery(configuration)
        look(at: discovery)
        checkLimits()
        checkUser(configuration, world.surroundings)
        checkTelling(configuration)
        checkRoom(configuration)
        var choices: [BackendChoice] = []
        for choice in [configuration.backend] + discovery.projects.map(\.backend)
        where !choices.contains(where: { $0.name == choice.name }) {
            choices.append(choice)
        }
        for choice in choices { await connect(choice, world.surroundings) }
    }

    private mutating func look(at discovery: ProjectDiscovery) {
        for project in discovery.projects {
            let folders = WatchedFolders(of: project)
            projects.append(
                WatchedProject(
                    path: project.root.string, experiment: project.experiment.text, backend: project.backend.name,
                    directories: folders.count))
            problems += folders.unreadable.map { "\($0) (its markers will not be seen: give yourself permission)" }
            if let volume = try? Volume(of: project.root), volume.isNetwork {
                warnings.append("\(project.root): on a network file system, which tells of no changes: it is polled")
            }
        }
        problems += discovery.missing.map { "\($0): there is no such folder (make it, or change the configuration)" }
        problems += discovery.failures.map { "\($0)" }
    }

    private mutating func checkLimits() {
        watchLimit = WatchedFolders.limit()
        let needed = projects.reduce(0) { $0 + $1.directories }
        if let watchLimit, needed > watchLimit {
            problems.append(
                "\(needed) directories are to be watched and one user may watch \(watchLimit): the others are polled "
                    + "(sudo sysctl fs.inotify.max_user_watches=\(2 * needed), or ignore: folders)")
        }
    }

    private mutating func checkUser(_ configuration: Configuration, _ surroundings: Surroundings) {
        if surroundings.isRoot, !configuration.allowRoot {
            problems.append("as root the agent starts only with allow_root: true or --allow-root")
        }
        var folder = configuration.state
        while !folder.components.isEmpty, (try? FileStatus.ifPresent(folder, followingLinks: true)) == .some(nil) {
            folder.removeLastComponent()
        }
        if !FileSystem.isPermitted(folder, executing: true, writing: true) {
            problems.append("\(configuration.state): cannot be written (state: names another folder)")
        }
    }

    /// What snapshots take of the room that they may have.
    private mutating func checkRoom(_ configuration: Configuration) {
        let folder = configuration.state.appending("snapshots")
        do throws(SystemCallError) {
            let (size, most) = (try SnapshotStores.size(in: folder), configuration.store.maxSize.bytes)
            let (taken, allowed) = (Phrases.size(size), Phrases.size(most))
            let text = "snapshots take \(taken) of the \(allowed) that they may (store: max_size)"
            let remedy = "trialwatch prune deletes trials, and trialwatch gc then frees what theirs take"
            if size >= most {
                problems.append("\(text): of new ones only the patch is kept (\(remedy))")
            } else if Double(size) >= configuration.store.warnAt * Double(most) {
                warnings.append("\(text): at the limit only patches are kept (\(remedy))")
            }
        } catch {
            problems.append("\(error)")
        }
    }

    /// Who is told of ends, and where the metrics go.
    private mutating func checkTelling(_ configuration: Configuration) {
        let notify = configuration.notify
        if let program = notify.command.first { checkProgram(program, "notify.command", remedy: "name it by its path") }
        if notify.webhook != nil {
            checkProgram(
                Notification.poster, "notify.webhook", remedy: "sudo apt install \(Notification.poster)")
        }
        if let file = configuration.metricsFile,
            !FileSystem.isPermitted(file.removingLastComponent(), executing: true, writing: true)
        {
            problems.append(
                "metrics_file \(file): its folder cannot be written (make it, or give yourself permission)")
        }
    }

    private mutating func checkProgram(_ name: String, _ key: String, remedy: String) {
        do throws(Executable.Failure) {
            let program = try Executable(named: Array(name.utf8))
            guard FileSystem.isPermitted(program.path, executing: true) else { throw .notFound }
        } catch {
            problems.append("\(key): there is no program \(name) that could be started (\(remedy))")
        }
    }

    private mutating func connect(_ choice: BackendChoice, _ surroundings: Surroundings) async {
        var checked = CheckedBackend(name: choice.name, kind: choice.kind)
        do throws(CommandFailure) {
            let store = try Backends().open(choice, surroundings)
            let readiness = try await reading { () throws(StoreError) in try await store.writer.prepare() }
            warnings += readiness.notices.map { "backend \(choice.name): \($0)" }
        } catch {
            checked.error = error.description
        }
        backends.append(checked)
    }

    /// As `check --json` writes it.
    var json: JSON {
        [
            "good": .bool(isGood), "files": TrialJSON.texts(files),
            "projects": .array(
                projects.map {
                    [
                        "path": .string($0.path), "experiment": .string($0.experiment), "backend": .string($0.backend),
                        "directories": JSON($0.directories),
                    ]
                }),
            "watch_limit": .of(watchLimit),
            "backends": .array(
                backends.map { ["name": .string($0.name), "kind": .string($0.kind), "error": JSON($0.error)] }),
            "problems": TrialJSON.texts(problems), "warnings": TrialJSON.texts(warnings),
        ]
    }

    /// Whether the agent would watch and file everything.
    var isGood: Bool { problems.isEmpty && !backends.contains { $0.error != nil } }
}
