import SystemPackage

extension WatchedFolder {
    /// A configured project: a project inside it is watched for itself, and what the agent writes is not watched at all.
    init(_ project: Project, beside others: [Project], keepingOutOf own: [FilePath]) {
        let inner = (others.map(\.root).filter { $0 != project.root } + own).compactMap { folder -> IgnoreRules.Rule? in
            var path = folder
            guard path.removePrefix(project.root), !path.isEmpty else { return nil }
            return IgnoreRules.Rule(folder: path)
        }
        self.init(
            project: project.root, markers: project.settings.markers,
            ignore: inner.reduce(project.settings.ignore) { $0.adding($1) }, pollInterval: project.settings.pollInterval
        )
    }
}
