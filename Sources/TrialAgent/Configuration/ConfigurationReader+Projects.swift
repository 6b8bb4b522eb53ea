internal import SystemPackage
internal import Trials
internal import YAML

extension ConfigurationReader {
    /// Reads an entry under `projects:`; nil when it does not say which folder it means.
    mutating func project(_ item: YAMLItem, backends: [BackendChoice]) -> ProjectSettings? {
        guard var fields = item.fields() else { return nil }
        let project = project(&fields, backends: backends)
        fields.refuseOthers()
        return project
    }

    mutating func project(_ fields: inout YAMLFields, backends: [BackendChoice]) -> ProjectSettings? {
        var path: ProjectPath?
        if let item = fields.value("path") {
            path = expansion.path(item).flatMap { value(item, ProjectPath.init, $0) }
        } else {
            fields.item.refuse("the key path is missing: which folder is the project?")
        }
        // The other keys are read for their problems even when there is no path.
        let unread = ProjectSettings(
            path: path ?? ConfigurationReader.placeholder, origin: origin(fields.item))
        var project = unread
        readNames(&fields, into: &project)
        if let item = fields.value("backend") { project.backend = backend(item, among: backends, inProject: true) }
        if let own = project.backend, own.belongsToProject { project.ignore = ignoring(own, project.ignore) }
        readSnapshot(&fields, into: &project)
        readRun(&fields, into: &project)
        note("snapshot", project.snapshot.bundle, in: &fields)
        note("recognise", project.recognise != unread.recognise, in: &fields)
        note("idle", project.idle != unread.idle, in: &fields)
        return path == nil ? nil : project
    }

    /// Stands in for a path that could not be read; the entry is dropped then.
    private static let placeholder = ProjectPath(folder: "-")

    private func readNames(_ fields: inout YAMLFields, into project: inout ProjectSettings) {
        if let item = fields.value("experiment"), let text = item.text() {
            project.experiment = Experiment.ID(text)
            if project.experiment == nil {
                item.refuse(
                    "\(text) is no Python identifier of at most \(Experiment.ID.longest) bytes",
                    suggestion: Experiment.ID.suggestion(for: text).text)
            }
        }
        if let items = fields.value("markers")?.itemsOrOne() {
            project.markers = MarkerPatterns(
                items.compactMap { item in
                    guard let text = item.text() else { return nil }
                    guard !text.contains("/") else {
                        item.refuse("a pattern for markers is compared with the file's name; it cannot hold a /")
                        return nil
                    }
                    return value(item, GlobPattern.init, text)
                })
        }
        if let items = fields.value("ignore")?.itemsOrOne() {
            project.ignore = IgnoreRules(
                adding: items.compactMap { item in
                    item.text().flatMap { value(item, IgnoreRules.Rule.init, $0) }.flatMap(\.self)
                })
        }
        if let items = fields.value("code")?.itemsOrOne() {
            project.code = items.compactMap { item in
                guard let text = item.text() else { return nil }
                guard FilePath(text).isRelative,
                    !FilePath(text).components.contains(where: { $0.kind == .parentDirectory })
                else {
                    item.refuse("expected a path or pattern inside the project, relative to its folder")
                    return nil
                }
                return value(item, PathPattern.init, text)
            }
        }
        if let items = fields.value("environment_variables")?.itemsOrOne() {
            project.environmentVariables = items.compactMap { item in
                item.text().flatMap { value(item, GlobPattern.init, $0) }
            }
        }
        project.python = fields.value("python").flatMap(expansion.pathText).map { FilePath($0) }
    }

    private func readSnapshot(_ fields: inout YAMLFields, into project: inout ProjectSettings) {
        guard var snapshot = fields.fields("snapshot") else { return }
        project.snapshot.maxFile = snapshot.byteCount("max_file") ?? project.snapshot.maxFile
        project.snapshot.maxTotal = snapshot.byteCount("max_total") ?? project.snapshot.maxTotal
        project.snapshot.share = snapshot.byteCount("share") ?? project.snapshot.share
        project.snapshot.patch = snapshot.byteCount("patch") ?? project.snapshot.patch
        project.snapshot.bundle = snapshot.bool("bundle") ?? project.snapshot.bundle
        if project.snapshot.bundle, project.snapshot.share.bytes == 0 {
            snapshot.value("bundle")?.refuse(
                "share: 0 keeps nothing in the store, no commits either; leave one of the two out")
        }
        snapshot.refuseOthers()
    }

    private func readRun(_ fields: inout YAMLFields, into project: inout ProjectSettings) {
        project.receipts = fields.bool("receipts") ?? project.receipts
        project.backfill = fields.bool("backfill") ?? project.backfill
        project.recognise = fields.value("recognise")?.itemsOrOne()?.compactMap { $0.choice() } ?? project.recognise
        project.runInterpreter = fields.bool("run_interpreter") ?? project.runInterpreter
        project.allowPaths = fields.value("allow_paths")?.itemsOrOne()?.compactMap(expansion.path) ?? []
        project.owners = fields.value("owners")?.itemsOrOne()?.compactMap(owner) ?? []
        project.grace = fields.duration("grace", in: .zero...(.seconds(600))) ?? project.grace
        project.idle = fields.duration("idle", in: .seconds(1)...(.seconds(30 * 86_400))) ?? project.idle
        project.stale = fields.duration("stale", in: .seconds(60)...(.seconds(365 * 86_400))) ?? project.stale
        project.staleClose = fields.bool("stale_close") ?? project.staleClose
        project.unknownExit = fields.choice("unknown_exit") ?? project.unknownExit
        project.pollInterval =
            fields.duration("poll_interval", in: .milliseconds(100)...(.seconds(3_600))) ?? project.pollInterval
    }

    private func owner(_ item: YAMLItem) -> Owner? {
        if case .integer(let number) = item.node.value {
            if let identifier = number.int.flatMap({ UInt32(exactly: $0) }) { return .identifier(identifier) }
            item.refuse(expected: "a user's name or number")
            return nil
        }
        return item.text().map(Owner.name)
    }

    /// A store inside the project is no part of what is watched.
    private func ignoring(_ store: BackendChoice, _ rules: IgnoreRules) -> IgnoreRules {
        guard case .settings(let node) = store.source, let text = node.mapping?["directory"]?.text,
            FilePath(text).isRelative, !text.hasPrefix("~"), !text.contains("$")
        else { return rules }
        guard let rule = IgnoreRules.Rule(folder: FilePath(text).lexicallyNormalized()) else { return rules }
        return rules.adding(rule)
    }

    /// What `make` makes of a text or path, or nil after adding its complaint as a problem.
    private func value<Written, Made>(
        _ item: YAMLItem, _ make: (Written) throws(GlobError) -> Made, _ written: Written
    ) -> Made? {
        do throws(GlobError) {
            return try make(written)
        } catch {
            item.refuse(error.message)
            return nil
        }
    }
}
