internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

/// What the agent of a configuration has to be let do, beyond what its unit allows to every agent.
struct ServiceNeeds {
    /// Folders that it writes to, each once, none inside another.
    private(set) var writable: [FilePath] = []
    /// Those of them that are the agent's own: its state and the stores that belong to no project.
    private(set) var own: [FilePath] = []
    /// Stores in projects that are there.
    private(set) var ownInProjects: [FilePath] = []
    /// Whether a store or a webhook lies in the network.
    private(set) var needsNetwork = false
    /// The variables that the agent gets.
    var variables: [(name: String, value: FilePath)] = []
    /// The credentials that it gets, each from its file.
    var credentials: [(name: String, file: FilePath)] = []
    /// Which system calls and rights are widened at all.
    let scope: ServiceScope
    private let home: FilePath

    /// What a configuration needs.
    init(_ configuration: Configuration, _ surroundings: Surroundings, _ scope: ServiceScope) throws(CommandFailure) {
        self.scope = scope
        home = surroundings.home
        own = [configuration.state, surroundings.cacheHome.appending("trialwatch")]
        var writable = own
        var choices = [configuration.backend] + configuration.backends
        for project in configuration.projects {
            // Of a folder that is not there yet, too; where a store of its own lies is relative to it.
            choices += [project.path.exact.flatMap { configuration.project(at: $0) }?.backend].compactMap { $0 }
            if project.receipts { writable.append(project.path.start) }
        }
        choices += ProjectDiscovery(configuration).projects.map(\.backend)
        for choice in choices {
            if let folder = try Backends().open(choice, surroundings).folder {
                writable.append(folder)
                if !choice.belongsToProject {
                    own.append(folder)
                } else if (try? FileStatus.ifPresent(choice.base, followingLinks: true))?.kind == .directory {
                    ownInProjects.append(folder)
                }
            } else if !Self.isLocal(choice) {
                needsNetwork = true
            }
        }
        if let file = configuration.metricsFile { writable.append(file.removingLastComponent()) }
        if configuration.notify.webhook != nil { needsNetwork = true }
        self.writable = Self.outermost(writable)
        own = Self.outermost(own)
        ownInProjects = Self.outermost(ownInProjects)
    }

    /// The folders that are made where they are not there: one that is not there cannot be written to later either.
    var made: [FilePath] { own + ownInProjects }

    private static func isLocal(_ choice: BackendChoice) -> Bool {
        guard case .uri(let address) = choice.source else { return false }
        return address.revealed.hasPrefix("unix:")
    }

    /// Without those that lie in others.
    private static func outermost(_ paths: [FilePath]) -> [FilePath] {
        let all = Set(paths)
        return all.filter { path in !all.contains { $0 != path && path.starts(with: $0) } }
            .sorted { $0.string < $1.string }
    }

    /// The drop-in that lets it do so; nil when there is nothing to say.
    func dropIn() throws(CommandFailure) -> String? {
        var lines = try variables.map { (variable) throws(CommandFailure) in
            "Environment=\"\(variable.name)=\(try UnitText.quoted(variable.value, "\"", dollar: false))\""
        }
        for credential in credentials {
            lines.append("LoadCredential=\(credential.name):\(try UnitText.quoted(credential.file, "", dollar: false))")
        }
        if scope == .system {
            lines.append("# All that it may write to. One that is not there is passed over.")
            for path in writable {
                lines.append("ReadWritePaths=\"-\(try UnitText.quoted(path, "\"", dollar: false))\"")
            }
            if needsNetwork {
                lines += [
                    "# A store or a webhook lies in the network.",
                    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6", "IPAddressDeny=",
                ]
            }
        }
        guard !lines.isEmpty else { return nil }
        return ([UnitText.mark] + (try mounts()) + ["[Service]"] + lines).joined(separator: "\n") + "\n"
    }

    /// What has to be mounted before the system's service starts. Without it the agent would find no configuration, or take a folder
    /// that is to be mounted over for its state and its stores.
    private func mounts() throws(CommandFailure) -> [String] {
        guard scope == .system else { return [] }
        let files = variables.filter { $0.name == "TRIALWATCH_CONFIG" }.map { $0.value.removingLastComponent() }
        let paths = try Self.outermost([home] + files + own).map { (path) throws(CommandFailure) in
            "RequiresMountsFor=\"\(try UnitText.quoted(path, "\"", dollar: false))\""
        }
        return [
            "[Unit]",
            "# Without these its configuration, state and stores would not be there, or others in their place.",
        ] + paths
    }
}
