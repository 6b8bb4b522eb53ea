internal import SystemPackage
internal import YAML

/// Makes values of one file's tree; what is wrong goes into `findings`, and a default takes its place.
struct ConfigurationReader {
    let file: FilePath
    let surroundings: Surroundings
    let kinds: any BackendKinds
    let findings: YAMLFindings

    /// Keys whose value differs from the default although nothing acts on it yet.
    private(set) var notYetImplemented: [YAMLProblem] = []

    init(file: FilePath, surroundings: Surroundings, kinds: any BackendKinds) {
        self.file = file
        self.surroundings = surroundings
        self.kinds = kinds
        findings = YAMLFindings(file: file.string)
    }

    var expansion: TextExpansion { TextExpansion(surroundings, base: file.removingLastComponent()) }

    func origin(_ item: YAMLItem) -> ConfigurationOrigin {
        ConfigurationOrigin(file: file, position: item.node.position, keyPath: item.keyPath)
    }

    /// Reads `agent.yaml`.
    mutating func read(_ document: YAMLNode, into configuration: inout Configuration) {
        guard var fields = YAMLFields(document, findings: findings) else { return }
        read(&fields, into: &configuration)
        fields.refuseOthers()
    }

    mutating func read(_ fields: inout YAMLFields, into configuration: inout Configuration) {
        readBackends(&fields, into: &configuration)
        for item in fields.items("projects") ?? [] {
            if let project = project(item, backends: configuration.backends) { configuration.projects.append(project) }
        }
        configuration.settle =
            fields.duration("settle", in: .milliseconds(20)...(.seconds(60))) ?? configuration.settle
        configuration.rescan = fields.duration("rescan", in: .seconds(1)...(.seconds(86_400))) ?? configuration.rescan
        configuration.state = fields.value("state").flatMap(expansion.path) ?? configuration.state
        if var store = fields.fields("store") {
            configuration.store.maxSize = store.byteCount("max_size") ?? configuration.store.maxSize
            configuration.store.warnAt = store.fraction("warn_at") ?? configuration.store.warnAt
            store.refuseOthers()
        }
        readNotification(&fields, into: &configuration)
        if var log = fields.fields("log") {
            configuration.log.level = log.choice("level") ?? configuration.log.level
            configuration.log.format = log.choice("format") ?? configuration.log.format
            log.refuseOthers()
        }
        configuration.metricsFile = fields.value("metrics_file").flatMap(expansion.path)
        configuration.allowRoot = fields.bool("allow_root") ?? configuration.allowRoot
    }

    /// Reads a file of `conf.d/`, which may add projects and nothing else.
    mutating func readAddition(_ document: YAMLNode, into configuration: inout Configuration) {
        guard var fields = YAMLFields(document, findings: findings) else { return }
        for item in fields.items("projects") ?? [] {
            if let project = project(item, backends: configuration.backends) { configuration.projects.append(project) }
        }
        for entry in document.mapping?.entries ?? [] where entry.key != "projects" {
            findings.refuse(
                "only projects: may stand in a file of conf.d; write this into agent.yaml", at: entry.position,
                keyPath: entry.key)
        }
    }

    /// Warns that nothing acts on a key yet.
    mutating func note(_ key: String, _ differs: Bool, in fields: inout YAMLFields) {
        guard differs, let item = fields.value(key) else { return }
        notYetImplemented.append(
            YAMLProblem(
                file: file.string, position: item.node.position, keyPath: item.keyPath,
                message: "is understood, but this version does not act on it yet"))
    }

    /// A program, by its name or path, and its arguments as they are written: no shell reads them.
    private func command(_ item: YAMLItem) -> [String] {
        guard let items = item.items(), let first = items.first else { return [] }
        var words = items.compactMap { $0.text() }
        guard words.count == items.count else { return [] }
        if words[0].isEmpty || words.contains(where: { $0.utf8.contains(0) }) {
            first.refuse("expected a program and its arguments")
            return []
        }
        if words[0].hasPrefix("~") || words[0].contains("/") || words[0].contains("$") {
            guard let path = expansion.path(first) else { return [] }
            words[0] = path.string
        }
        return words
    }

    private mutating func readNotification(_ fields: inout YAMLFields, into configuration: inout Configuration) {
        guard var notify = fields.fields("notify") else { return }
        if let occasions = notify.value("on")?.itemsOrOne() {
            configuration.notify.on = occasions.compactMap { $0.choice() }
        }
        if let command = notify.value("command") { configuration.notify.command = self.command(command) }
        if let webhook = notify.value("webhook"), let address = expansion.concealed(webhook) {
            if address.revealed.hasPrefix("https://") || address.revealed.hasPrefix("http://") {
                configuration.notify.webhook = address
            } else {
                webhook.refuse("expected an address that begins with https:// or http://")
            }
        }
        notify.refuseOthers()
    }
}
