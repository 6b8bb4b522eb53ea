internal import JSON
public import Trials

/// The environment of a trial as daskperiment keeps it: one text a category.
public enum EnvironmentRecord {
    /// The categories that daskperiment itself has; the others are ours alone.
    public static let categories: [EnvironmentCategory] = [
        .platform, .cpu, .python, .numpy, .scipy, .pandas, .conda, .git, .requirements,
    ]

    /// The keys of the categories that are JSON documents, in daskperiment's order.
    public static let keys: [EnvironmentCategory: [String]] = [
        .platform: ["Platform Information", "Device CPU Count"],
        .cpu: [
            "Python Version", "Cpuinfo Version", "Vendor ID", "Hardware Raw", "Brand", "Hz Advertised", "Hz Actual",
            "Hz Advertised Raw", "Hz Actual Raw", "Arch", "Bits", "Count", "Raw Arch String", "L1 Data Cache Size",
            "L1 Instruction Cache Size", "L2 Cache Size", "L2 Cache Line Size", "L2 Cache Associativity",
            "L3 Cache Size", "Stepping", "Model", "Family", "Processor Type", "Extended Model", "Extended Family",
            "Flags",
        ],
        .python: [
            "Python Implementation", "Python Version", "Python Shell Mode", "Python Prefix", "Python Base Prefix",
            "Python venv Flag", "Python venv Name", "Daskperiment Version", "Daskperiment Path",
        ],
        .git: ["Working Directory", "Git Repository", "Git Active Branch", "Git HEAD Commit", "Git Dirty Flag"],
    ]

    /// The text of a category, or why it has to be left out.
    ///
    /// A document becomes JSON as Python's `json.dumps` writes it. One that lacks a key of daskperiment's, or a text
    /// where daskperiment wants a document, is left out whole: as the last trial's it would keep the experiment from
    /// being opened at all.
    public static func text(_ category: EnvironmentCategory, _ content: EnvironmentText) -> Text {
        switch (content, keys[category]) {
        case (.text(let text), nil): return .text(text)
        case (.document(let fields), nil): return .text(json(fields, first: []))
        case (.text, _?):
            return .leftOut("environment \(category.rawValue) is left out: it has to be a document, not a text")
        case (.document(let fields), let keys?):
            let missing = keys.filter { fields[$0] == nil }
            guard missing.isEmpty else {
                return .leftOut(
                    "environment \(category.rawValue) is left out: it lacks \(missing.joined(separator: ", "))")
            }
            return .text(json(fields, first: keys))
        }
    }

    /// What becomes of a category's text.
    public enum Text: Equatable, Sendable {
        /// The text to keep, without an ending newline of its own.
        case text(String)
        /// Why there is none, as a sentence for the user.
        case leftOut(String)
    }

    /// What a text of a category says: a document when it is one that can be written again as it is.
    public static func content(_ text: String, of category: EnvironmentCategory) -> EnvironmentText {
        guard keys[category] != nil, let json = try? JSON(parsing: Array(text.utf8)),
            let fields = try? json.decode(Fields.self)
        else { return .text(text) }
        return .document(fields)
    }

    /// The name under which a category is kept; `platform` has a second one, by which older daskperiments know it.
    public static func names(_ category: EnvironmentCategory) -> [String] {
        category == .platform ? ["platform", "device"] : [category.rawValue]
    }

    private static func json(_ fields: Fields, first keys: [String]) -> String {
        var object = JSON.Object()
        for key in keys { object[key] = fields[key].map { JSON(plain: $0) } }
        for field in fields where object[field.name] == nil { object[field.name] = JSON(plain: field.value) }
        return JSON.object(object).text(.python)
    }
}

extension JSON {
    /// A value in JSON's own forms, without the tags by which our own record keeps what JSON cannot say.
    fileprivate init(plain value: Trials.Value) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .integer(let integer):
            self = Number(text: integer.description).map { .number($0) } ?? .string(integer.description)
        case .float(let number): self.init(number)
        case .text(let text): self = .string(text)
        case .list(let items): self = .array(items.map { JSON(plain: $0) })
        case .mapping(let fields): self = .object(Object(fields.lazy.map { ($0.name, JSON(plain: $0.value)) }))
        }
    }
}
