internal import Trials

/// The columns of an exported table: what every trial has, and all results, parameters and metrics that some trial has.
struct ExportColumns {
    /// What the user named; each group has its columns together, in order of first appearance.
    enum Group: String, CaseIterable {
        case results = "result"
        case parameters
        case metrics
    }

    /// A spreadsheet opens no more.
    static let most = 16_384

    /// The columns before the groups, and those after them.
    static let first = ["trial", "state", "started", "finished", "duration_s", "seed", "result"]
    static let last = ["description", "tags", "problems"]

    private var names: [Group: [String]] = [:]
    private var places: [Group: [String: Int]] = [:]

    /// How many there are.
    var count: Int { Self.first.count + Self.last.count + names.values.reduce(0) { $0 + $1.count } }

    /// Takes in a trial's names; throws when there are more than a table can have.
    mutating func add(_ row: History.Row) throws(CommandFailure) {
        for group in Group.allCases {
            for field in row.fields(group) where places[group]?[field.name] == nil {
                places[group, default: [:]][field.name] = names[group]?.count ?? 0
                names[group, default: []].append(field.name)
            }
        }
        guard count <= Self.most else {
            throw CommandFailure(
                "exporting", "the trials have more than \(Self.most) parameters and metrics: too many for a table",
                remedy: "--format jsonl, or fewer trials with --where")
        }
    }

    /// The place of a name's column; nil for one that no trial had.
    func place(_ group: Group, _ name: String) -> Int? {
        guard let place = places[group]?[name] else { return nil }
        var start = Self.first.count
        for other in Group.allCases {
            if other == group { break }
            start += names[other]?.count ?? 0
        }
        return start + place
    }

    /// The names of all columns, all different.
    ///
    /// A parameter or metric whose name is taken, or is that of a field in `--where`, has its group before it, as often as
    /// it takes: `parameters.seed`, `metrics.loss`. The parts of a nested result are `result.accuracy`.
    var titles: [String] {
        var taken = Set(Self.first + Self.last + RowField.fixedNames)
        var titles = Self.first
        for group in Group.allCases {
            for name in names[group] ?? [] {
                var title = group == .results ? "result.\(name)" : name
                while !taken.insert(title).inserted { title = "\(group.rawValue).\(title)" }
                titles.append(title)
            }
        }
        return titles + Self.last
    }
}

extension History.Row {
    /// What the trial has in a group, flat.
    func fields(_ group: ExportColumns.Group) -> Fields {
        switch group {
        case .results: nestedResult ?? [:]
        case .parameters: parameters
        case .metrics: metrics
        }
    }

    /// The parts of a result that is a mapping.
    var nestedResult: Fields? {
        guard case .mapping(let fields)? = result, !fields.isEmpty else { return nil }
        return fields.flattened
    }
}
