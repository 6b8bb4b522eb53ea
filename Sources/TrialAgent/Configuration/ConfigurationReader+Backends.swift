internal import SystemPackage
internal import YAML

extension ConfigurationReader {
    /// Reads `backends:` and `backend:`.
    func readBackends(_ fields: inout YAMLFields, into configuration: inout Configuration) {
        if let item = fields.value("backends"), item.fields() != nil {
            for entry in item.node.mapping?.entries ?? [] {
                let named = YAMLItem(entry.value, keyPath: "\(item.keyPath).\(entry.key)", findings: findings)
                guard isName(entry.key) else {
                    findings.refuse(
                        "expected a name of letters, digits, - and _ (at most 64)", at: entry.position,
                        keyPath: named.keyPath)
                    continue
                }
                if let choice = description(of: named, name: entry.key, inProject: false) {
                    configuration.backends.append(choice)
                }
            }
        }
        if let item = fields.value("backend") {
            configuration.backend =
                backend(item, among: configuration.backends, inProject: false) ?? configuration.backend
        } else {
            let origin = ConfigurationOrigin(file: file, position: .start, keyPath: "backend")
            configuration.backend = .standard(origin, base: expansion.base)
            kinds.check(configuration.backend, expansion, findings)
        }
    }

    /// Reads a name, a URI, or a mapping of one kind to its settings.
    func backend(_ item: YAMLItem, among named: [BackendChoice], inProject: Bool) -> BackendChoice? {
        guard let text = item.node.text, !text.contains("://"), !text.contains("$") else {
            return description(of: item, name: nil, inProject: inProject)
        }
        if let choice = named.first(where: { $0.name == text }) { return choice }
        if kinds.names.contains(text) {
            let choice = BackendChoice(
                name: text, kind: text, source: .settings(YAMLNode(.null)), base: expansion.base, origin: origin(item),
                belongsToProject: false)
            kinds.check(choice, expansion, findings)
            return choice
        }
        item.refuse(
            "no backend of this name stands under backends:",
            suggestion: nearestName(to: text, among: named.map(\.name) + kinds.names))
        return nil
    }

    /// Reads a URI or a mapping of one kind to its settings, and has the backend look at it.
    private func description(of item: YAMLItem, name: String?, inProject: Bool) -> BackendChoice? {
        let choice: BackendChoice?
        if item.node.mapping != nil {
            choice = settings(item, name: name, inProject: inProject)
        } else if item.node.text != nil {
            choice = address(item, name: name)
        } else {
            item.refuse(expected: "a URI, or a mapping such as {local: {directory: …}}")
            choice = nil
        }
        if let choice { kinds.check(choice, expansion, findings) }
        return choice
    }

    private func address(_ item: YAMLItem, name: String?) -> BackendChoice? {
        guard let uri = expansion.concealed(item) else { return nil }
        guard let end = uri.revealed.firstRange(of: "://") else {
            item.refuse("expected a URI such as mongodb://host/database or redis://host:6379/0")
            return nil
        }
        let scheme = uri.revealed[..<end.lowerBound].lowercased()
        guard let kind = kinds.kind(ofScheme: scheme) else {
            item.refuse(
                "this version has no backend for addresses like this; "
                    + "it has \(kinds.names.joined(separator: ", "))")
            return nil
        }
        return BackendChoice(
            name: name ?? BackendChoice.name(kind: kind, address: String(uri.revealed[end.upperBound...])), kind: kind,
            source: .uri(uri), base: expansion.base, origin: origin(item), belongsToProject: false)
    }

    private func settings(_ item: YAMLItem, name: String?, inProject: Bool) -> BackendChoice? {
        guard let entries = item.node.mapping?.entries, let entry = entries.first, entries.count == 1 else {
            item.refuse("expected one kind of backend with its settings, such as {local: {directory: …}}")
            return nil
        }
        guard kinds.names.contains(entry.key) else {
            findings.refuse(
                "there is no such kind of backend in this version; it has \(kinds.names.joined(separator: ", "))",
                at: entry.position, keyPath: "\(item.keyPath).\(entry.key)",
                suggestion: nearestName(to: entry.key, among: kinds.names))
            return nil
        }
        return BackendChoice(
            name: name ?? entry.key, kind: entry.key, source: .settings(entry.value), base: expansion.base,
            origin: origin(item), belongsToProject: inProject)
    }

    private func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }
}

extension BackendChoice {
    /// A name for a store that has none: its kind, host and path, without user, password and options.
    static func name(kind: String, address: String) -> String {
        let place = address.prefix { $0 != "?" && $0 != "#" }
        let host = place.lastIndex(of: "@").map { place[place.index(after: $0)...] } ?? place
        var name = kind
        var isApart = true
        for character in host {
            let isPlain = character.isASCII && (character.isLetter || character.isNumber)
            if isPlain {
                name += isApart ? "-\(character)" : "\(character)"
            }
            isApart = !isPlain
        }
        return String(name.prefix(64))
    }
}
