internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials
internal import YAML

/// Which store a command reads.
enum Stores {
    /// The experiment of a name in the store that holds it, or the one that lies at a path.
    static func experiment(
        _ named: NamedExperiment, _ options: StoreOptions, _ world: World
    ) throws(CommandFailure) -> StoredExperiment {
        switch named {
        case .id(let id): return StoredExperiment(id: id, store: try store(of: id, options, world))
        case .path(let text):
            let path = try ExperimentPath(text, from: world.surroundings.workingDirectory)
            guard options.backend == nil else { throw twoPlaces(text) }
            let place = try path.experiment()
            return StoredExperiment(id: place.id, store: try open(place, world))
        }
    }

    /// The experiments that lie in a folder, or in the folders in it.
    static func all(
        at text: String, _ options: StoreOptions, _ world: World
    ) throws(CommandFailure) -> [(name: String, reader: any TrialReader)] {
        let path = try ExperimentPath(text, from: world.surroundings.workingDirectory)
        guard options.backend == nil else { throw twoPlaces(text) }
        var all: [(name: String, reader: any TrialReader)] = []
        if let places = try path.experiments() {
            for place in places { all.append((text, try open(place, world).reader)) }
        } else {
            for kind in Backends.kinds {
                if let store = try kind.open(directory: path.folder, world.surroundings) {
                    all.append((text, store.reader))
                }
            }
        }
        return all
    }

    private static func open(_ place: ExperimentPath.Place, _ world: World) throws(CommandFailure) -> Store {
        for kind in Backends.kinds {
            if let store = try kind.open(experiment: place.id, at: place.folder, world.surroundings) { return store }
        }
        throw CommandFailure("opening \(place.folder)", "this version has no backend for files")
    }

    private static func twoPlaces(_ text: String) -> CommandFailure {
        CommandFailure(
            "experiment \(text)", "a path says where it is, and so does --backend", remedy: "use one of them",
            status: .usage)
    }

    /// The store that a backend's name, an address or a directory names.
    static func named(_ text: String, _ config: String?, _ world: World) throws(CommandFailure) -> Store {
        if let store = try store(text, world) { return store }
        return try Backends().open(choice(text, try world.configuration(config)), world.surroundings)
    }

    /// What `--backend` names; else the store of the project that files the experiment; else the configured one.
    private static func store(
        of experiment: Experiment.ID, _ options: StoreOptions, _ world: World
    ) throws(CommandFailure) -> Store {
        if let named = options.backend, let store = try store(named, world) { return store }
        let configuration = try world.configuration(options.config)
        if let named = options.backend {
            return try Backends().open(choice(named, configuration), world.surroundings)
        }
        var own: [BackendChoice] = []
        for project in projects(configuration) where project.experiment == experiment {
            if !own.contains(where: { $0.name == project.backend.name }) { own.append(project.backend) }
        }
        guard own.count < 2 else {
            throw CommandFailure(
                "experiment \(experiment)", "several projects file it, each in a store of its own",
                remedy: "--backend " + own.map(\.name).joined(separator: " or "), status: .usage)
        }
        return try Backends().open(own.first ?? configuration.backend, world.surroundings)
    }

    /// What `--backend` names; else the configured store and those of the projects, each with its name.
    static func all(
        _ options: StoreOptions, _ world: World
    ) throws(CommandFailure) -> [(name: String, reader: any TrialReader)] {
        if let named = options.backend, let store = try store(named, world) {
            return [(named.contains("://") ? "--backend" : named, store.reader)]
        }
        let configuration = try world.configuration(options.config)
        var choices = [configuration.backend]
        if let named = options.backend {
            choices = [try choice(named, configuration)]
        } else {
            for project in projects(configuration) where !choices.contains(where: { $0.name == project.backend.name }) {
                choices.append(project.backend)
            }
        }
        var all: [(name: String, reader: any TrialReader)] = []
        for choice in choices { all.append((choice.name, try Backends().open(choice, world.surroundings).reader)) }
        return all
    }

    /// Every store that the configuration names.
    ///
    /// Throws when it cannot be said which those are: where stores lie in their projects' folders, these have to be there.
    static func configured(
        _ config: String?, _ world: World
    ) throws(CommandFailure) -> [(store: FiledStores.Store, reader: any TrialReader)] {
        let configuration = try world.configuration(config)
        let own = configuration.projects.filter { $0.backend?.belongsToProject == true }
        var choices = configuration.backends + [configuration.backend] + configuration.projects.compactMap(\.backend)
        choices.removeAll(where: \.belongsToProject)
        if !own.isEmpty {
            let discovery = ProjectDiscovery(configuration)
            try discovery.confirm(own)
            choices += discovery.projects.map(\.backend)
        }
        var all: [(store: FiledStores.Store, reader: any TrialReader)] = []
        for choice in choices {
            let opened = try Backends().open(choice, world.surroundings)
            let store = FiledStores.Store(name: choice.name, kind: choice.kind, address: opened.address)
            if !all.contains(where: { $0.store.isSame(as: store) }) { all.append((store, opened.reader)) }
        }
        return all
    }

    /// Projects are looked up only where one of them may have a store of its own.
    private static func projects(_ configuration: Configuration) -> [Project] {
        configuration.projects.contains { $0.backend != nil } ? ProjectDiscovery(configuration).projects : []
    }

    /// A store by its address, or a directory of local files by its path; nil for text that is neither.
    private static func store(_ text: String, _ world: World) throws(CommandFailure) -> Store? {
        if text.contains("://") {
            let base = world.surroundings.workingDirectory
            guard let choice = BackendChoice.address(text, of: Backends(), base: base) else {
                // The address may hold a password: it is not repeated.
                throw CommandFailure(
                    "--backend",
                    "this version has no backend for addresses like this; it has \(Backends().names.joined(separator: ", "))",
                    status: .usage)
            }
            return try Backends().open(choice, world.surroundings)
        }
        let path = world.surroundings.workingDirectory.pushing(FilePath(text)).lexicallyNormalized()
        guard try kind(of: path) == .directory else {
            guard text.contains("/") else { return nil }
            throw CommandFailure("--backend \(text)", "there is no such directory", status: .unreachable)
        }
        // The folder of one experiment is what daskperiment is given; its store is the folder around it.
        let isExperiment = try kind(of: path.appending("trialwatch/trials.jsonl")) != nil
        let store = isExperiment ? path.removingLastComponent() : path
        for kind in Backends.kinds {
            if let opened = try kind.open(directory: store, world.surroundings) { return opened }
        }
        return nil
    }

    private static func kind(of path: FilePath) throws(CommandFailure) -> FileKind? {
        do throws(SystemCallError) {
            return try FileStatus.ifPresent(path, followingLinks: true)?.kind
        } catch {
            throw CommandFailure("--backend", "\(error)", status: .unreachable)
        }
    }

    /// A backend's name.
    private static func choice(_ text: String, _ configuration: Configuration) throws(CommandFailure) -> BackendChoice {
        let choices = configuration.backends + [configuration.backend] + projects(configuration).map(\.backend)
        if let choice = choices.first(where: { $0.name == text }) { return choice }
        let nearest = nearestName(to: text, among: choices.map(\.name)).map { "did you mean '\($0)'?" }
        throw CommandFailure(
            "--backend \(text)", "neither a directory nor a backend of the configuration",
            remedy: nearest ?? "there are \(Set(choices.map(\.name)).sorted().joined(separator: ", "))", status: .usage)
    }
}

extension ProjectDiscovery {
    /// Throws unless all folders of these entries were found that there may be.
    fileprivate func confirm(_ entries: [ProjectSettings]) throws(CommandFailure) {
        let remedy = "see that its disk is mounted; or take the project out of the configuration"
        for entry in entries {
            let folder = entry.path.exact ?? entry.path.start
            if missing.contains(folder) {
                throw CommandFailure(
                    "project \(entry.path.text)",
                    "\(folder.shown) \(silent.contains(folder) ? "does not answer" : "is not there"), and a store with it",
                    remedy: remedy, status: .unreachable)
            }
            // A link that leads back is no project.
            if let failure = failures.first(where: { failure in
                failure.errno != .tooManySymbolicLinkLevels && failure.subject?.hasPrefix(folder.shown) != false
            }) {
                throw CommandFailure(
                    "project \(entry.path.text)", "\(failure): there may be a store of its own", remedy: remedy,
                    status: .unreachable)
            }
        }
    }
}
