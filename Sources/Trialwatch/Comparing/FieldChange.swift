internal import JSON
internal import Trials

/// A named value that two trials do not have alike.
struct FieldChange: Equatable {
    let name: String
    /// The first trial's; nil when only the second has it.
    let before: JSON?
    /// The second trial's; nil when only the first has it.
    let after: JSON?

    /// What differs: in the order of the first trial, then what only the second one has.
    static func between(_ before: [(String, JSON)], _ after: [(String, JSON)]) -> [FieldChange] {
        let new = Dictionary(after) { first, _ in first }
        let known = Set(before.map(\.0))
        return before.compactMap { name, value in
            value == new[name] ? nil : FieldChange(name: name, before: value, after: new[name])
        } + after.filter { !known.contains($0.0) }.map { FieldChange(name: $0.0, before: nil, after: $0.1) }
    }

    /// Every value in nested objects under its dotted name; what is not known, null, is left out.
    static func leaves(_ json: JSON, under name: String = "") -> [(String, JSON)] {
        switch json {
        case .null: []
        case .object(let object):
            object.members.flatMap { leaves($0.value, under: name.isEmpty ? $0.key : "\(name).\($0.key)") }
        default: [(name, json)]
        }
    }

    /// Each value of fields under its dotted name, null as a value.
    static func values(_ fields: Fields) -> [(String, JSON)] { fields.flattened.map { ($0.name, $0.value.json) } }

    /// As `--json` writes it: a side that does not have it is left out.
    var json: JSON {
        var object: JSON.Object = ["name": .string(name)]
        object["before"] = before
        object["after"] = after
        return .object(object)
    }
}

/// A text that two trials do not have alike.
struct TextChange: Equatable {
    /// A file's path, an environment text's name.
    let name: String
    /// The first trial's; nil when only the second has it.
    let before: String?
    /// The second trial's; nil when only the first has it.
    let after: String?

    /// What differs, by name.
    static func between(_ before: [(String, String)], _ after: [(String, String)]) -> [TextChange] {
        let old = Dictionary(before) { first, _ in first }
        let new = Dictionary(after) { first, _ in first }
        return Set(old.keys).union(new.keys).sorted().compactMap { name in
            old[name] == new[name] ? nil : TextChange(name: name, before: old[name], after: new[name])
        }
    }

    /// The lines of a unified diff, each without its end.
    func unified(_ old: String, _ new: String) -> [String] {
        var lines = [
            "--- \(before == nil ? "/dev/null" : "\(old)/\(name)")",
            "+++ \(after == nil ? "/dev/null" : "\(new)/\(name)")",
        ]
        for hunk in LineDiff(before ?? "", after ?? "").hunks() {
            lines.append(
                "@@ -\(Self.range(hunk.oldStart, hunk.oldCount)) +\(Self.range(hunk.newStart, hunk.newCount)) @@")
            for line in hunk.lines {
                switch line {
                case .kept(let text): Self.add(" ", text, to: &lines)
                case .removed(let text): Self.add("-", text, to: &lines)
                case .added(let text): Self.add("+", text, to: &lines)
                }
            }
        }
        return lines
    }

    private static func range(_ start: Int, _ count: Int) -> String { count == 1 ? "\(start)" : "\(start),\(count)" }

    private static func add(_ sign: String, _ line: Substring, to lines: inout [String]) {
        // By bytes: for Swift `\r\n` is one character.
        if line.utf8.last == 0x0A {
            lines.append(sign + String(decoding: line.utf8.dropLast(), as: UTF8.self))
        } else {
            lines += [sign + line, "\\ No newline at end of file"]
        }
    }

    /// As `--json` writes it.
    func json(_ old: String, _ new: String) -> JSON {
        let change = before == nil ? "added" : after == nil ? "removed" : "changed"
        return [
            "name": .string(name), "change": .string(change),
            "diff": .string(unified(old, new).joined(separator: "\n") + "\n"),
        ]
    }
}
