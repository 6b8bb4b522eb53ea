internal import JSON
internal import Trials

/// What two trials differ in, as it is printed.
struct DifferencePage {
    let difference: TrialDifference

    /// Prints every kind in which something differs.
    func write(to output: Output) throws(CommandFailure) {
        let (before, after) = (difference.before.reference, difference.after.reference)
        try output.line("\(before) → \(after)", .heading)
        for group in difference.groups {
            var section = Section(group.title)
            if let unknown = group.unknown { section.add("", "not known of trial \(unknown)", .dim) }
            for change in group.changes { Self.add(change, to: &section) }
            try section.write(to: output)
        }
        try write("Environment", difference.environment, to: output)
        try write("Code", difference.code, to: output)
        if let unknown = difference.unknownCode {
            try output.line()
            try output.line("Code", .heading)
            try output.line("  not known of trial \(unknown)", .dim)
        }
        if difference.isEmpty { try output.line("no difference in what is known of both") }
    }

    /// The same for programs.
    var json: JSON {
        let (before, after) = (difference.before.reference, difference.after.reference)
        var object: JSON.Object = [
            "experiment": .string(before.experiment.text), "before": JSON(before.number), "after": JSON(after.number),
        ]
        for group in difference.groups {
            object[group.name] =
                group.unknown.map { ["unknown_of": JSON($0)] } ?? .array(group.changes.map(\.json))
        }
        let names = (Self.folder(before), Self.folder(after))
        object["environment_texts"] = .array(difference.environment.map { $0.json(names.0, names.1) })
        object["code_source"] = .string(difference.codeSource)
        object["code"] =
            difference.unknownCode.map { ["unknown_of": JSON($0)] }
            ?? .array(difference.code.map { $0.json(names.0, names.1) })
        return .object(object)
    }

    private static func add(_ change: FieldChange, to section: inout Section) {
        switch (change.before, change.after) {
        case (let before?, let after?): section.add(change.name, "\(shown(before)) → \(shown(after))", .busy)
        case (nil, let after?): section.add(change.name, "+ \(shown(after))", .good)
        case (let before?, nil): section.add(change.name, "- \(shown(before))", .bad)
        case (nil, nil): break
        }
    }

    /// Text as it is, everything else as JSON.
    private static func shown(_ json: JSON) -> String {
        json.string.map(SafeText.line) ?? SafeText.json(json.text())
    }

    private static func folder(_ reference: TrialReference) -> String { "\(reference.number)" }

    private func write(_ title: String, _ changes: [TextChange], to output: Output) throws(CommandFailure) {
        guard !changes.isEmpty else { return }
        try output.line()
        try output.line(title, .heading)
        let names = (Self.folder(difference.before.reference), Self.folder(difference.after.reference))
        for change in changes {
            for line in change.unified(names.0, names.1) {
                // A file gets the lines as they were captured, a terminal what cannot harm it.
                try output.line(output.page.width == nil ? line : SafeText.block(line), Self.style(of: line))
            }
        }
    }

    private static func style(of line: String) -> Style {
        if line.hasPrefix("--- ") || line.hasPrefix("+++ ") { return .heading }
        return switch line.utf8.first {
        case UInt8(ascii: "+"): .good
        case UInt8(ascii: "-"): .bad
        case UInt8(ascii: "@"): .dim
        default: .plain
        }
    }
}
