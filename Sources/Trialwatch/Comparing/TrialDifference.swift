internal import JSON
internal import Trials

/// What two trials do not have alike: pure, of what their records say.
struct TrialDifference {
    /// Values of one kind.
    struct Group {
        /// As `--json` names it.
        let name: String
        /// As a person reads it.
        let title: String
        let changes: [FieldChange]
        /// The trial of which nothing of this kind is known, while it is of the other: then there is nothing to compare.
        var unknown: Int?
    }

    let before: StoredTrial
    let after: StoredTrial
    /// Values, by kind.
    let groups: [Group]
    /// Environment texts.
    let environment: [TextChange]
    /// Files of the code.
    let code: [TextChange]
    /// Where the code was taken from: `snapshot` or `code context`.
    let codeSource: String
    /// The trial of which no code is known, while it is of the other.
    let unknownCode: Int?

    /// Compares two trials; `trees` are files of their snapshots that differ, where both could be read.
    init(_ before: StoredTrial, _ after: StoredTrial, trees: [TextChange]? = nil) {
        self.before = before
        self.after = after
        let sides = (before, after)
        func group(_ name: String, _ title: String, _ values: (StoredTrial) -> [(String, JSON)]) -> Group {
            Group(name: name, title: title, changes: FieldChange.between(values(sides.0), values(sides.1)))
        }
        func captured(_ name: String, _ title: String, _ values: (StoredTrial) -> [(String, JSON)]) -> Group {
            let (old, new) = (values(sides.0), values(sides.1))
            let unknown: Int? =
                old.isEmpty == new.isEmpty
                ? nil : (old.isEmpty ? before : after).reference.number
            return Group(
                name: name, title: title, changes: unknown == nil ? FieldChange.between(old, new) : [],
                unknown: unknown)
        }
        groups = [
            group("run", "Run", Self.run),
            group("parameters", "Parameters") { FieldChange.values($0.facts.parameters) },
            group("result", "Result") { $0.outcome?.result.map { [("value", $0.json)] } ?? [] },
            group("metrics", "Metrics, last values") { FieldChange.values(History.Row($0).metrics) },
            captured("inputs", "Inputs") { Self.artifacts($0.facts.inputs) },
            Self.requirements(before, after),
            captured("lockfiles", "Lockfiles") { Self.artifacts($0.capture?.lockfiles ?? []) },
            captured("git", "Git") { Self.captured(["git"], of: $0) },
            captured("python", "Python") { Self.captured(["python"], of: $0) },
            captured("hardware", "Hardware") { Self.captured(["hardware", "accelerators"], of: $0) },
            captured("environment", "Environment", Self.documents),
        ]
        let texts = [before, after].map(Self.texts)
        // What only one of them has was not captured of the other, or not there: show tells which.
        environment = TextChange.between(texts[0], texts[1])
        let codes = [before, after].map { ($0.capture?.code?.files ?? []).map { ($0.path, $0.text) } }
        code = trees ?? (codes[0].isEmpty == codes[1].isEmpty ? TextChange.between(codes[0], codes[1]) : [])
        codeSource = trees == nil ? "code context" : "snapshot"
        unknownCode =
            trees == nil && codes[0].isEmpty != codes[1].isEmpty
            ? (codes[0].isEmpty ? before : after).reference.number : nil
    }

    /// True when nothing differs of what is known of both.
    var isEmpty: Bool {
        groups.allSatisfy { $0.changes.isEmpty && $0.unknown == nil } && environment.isEmpty && code.isEmpty
            && unknownCode == nil
    }

    private static func run(_ trial: StoredTrial) -> [(String, JSON)] {
        let facts = trial.facts
        let pairs: [(String, JSON)] = [
            ("state", .string(trial.state.rawValue)),
            ("error", JSON(trial.outcome?.error?.description)),
            ("seed", .of(facts.seed)), ("group", JSON(facts.group)), ("note", JSON(facts.note)),
            ("tags", facts.tags.isEmpty ? .null : TrialJSON.texts(facts.tags)),
            ("user", JSON(facts.user)), ("host", JSON(facts.host)),
            ("command", facts.command.map(TrialJSON.texts) ?? .null), ("directory", JSON(facts.directory)),
            ("duration", .of(trial.outcome?.processTime)),
        ]
        return pairs.filter { !$0.1.isNull }
    }

    /// By name or path: the digest where it is known, else size and time.
    private static func artifacts(_ files: [ArtifactFacts]) -> [(String, JSON)] {
        files.map { file in
            let content =
                file.sha256.map { "SHA-256 \($0)" }
                ?? file.pointer.map { "\($0.tool.rawValue) \($0.algorithm) \($0.digest)" }
                ?? "\(file.size.map(Phrases.size) ?? "size not known"), changed \(file.modified)"
            return (file.name ?? file.path, .string(content))
        }
    }

    private static func requirements(_ before: StoredTrial, _ after: StoredTrial) -> Group {
        let texts = [before, after].map { trial -> String? in
            guard case .text(let text)? = trial.capture?.environment[.requirements] else { return nil }
            return text
        }
        var group = Group(name: "requirements", title: "Requirements", changes: [])
        if let old = texts[0], let new = texts[1] {
            group = Group(name: group.name, title: group.title, changes: RequiredPackages.changes(old, new))
        } else if texts[0] != nil || texts[1] != nil {
            group.unknown = (texts[0] == nil ? before : after).reference.number
        }
        return group
    }

    private static func captured(_ keys: [String], of trial: StoredTrial) -> [(String, JSON)] {
        CaptureJSON.pairs(trial.capture).filter { keys.contains($0.0) }.flatMap { key, json in
            FieldChange.leaves(json, under: key == keys.first ? "" : key)
        }
    }

    /// What the page has in a place of its own.
    private static let elsewhere: Set<EnvironmentCategory> = [.requirements, .hardware]

    private static func documents(_ trial: StoredTrial) -> [(String, JSON)] {
        let environment = trial.capture?.environment ?? Environment()
        return environment.categories.filter { !elsewhere.contains($0) }.flatMap { category -> [(String, JSON)] in
            guard case .document(let fields)? = environment[category] else { return [] }
            return fields.map { ("\(category.rawValue).\($0.name)", $0.value.json) }
        }
    }

    private static func texts(_ trial: StoredTrial) -> [(String, String)] {
        let environment = trial.capture?.environment ?? Environment()
        return environment.categories.filter { !elsewhere.contains($0) }.compactMap { category in
            guard case .text(let text)? = environment[category] else { return nil }
            return (category.rawValue, text)
        }
    }
}
