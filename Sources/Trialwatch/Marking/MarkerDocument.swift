internal import JSON
internal import TrialAgent
internal import YAML

/// The content of a marker that is written: its keys in their order, those that this version does not know among them.
struct MarkerDocument {
    private var content: JSON.Object

    /// Says nothing yet.
    init() { content = JSON.Object() }

    /// What a marker says already; nothing, when it is empty.
    init(_ node: YAMLNode) { content = JSON(node).object ?? JSON.Object() }

    /// A key's value.
    subscript(_ key: String) -> JSON? {
        get { content[key] }
        set { content[key] = newValue }
    }

    /// JSON that is valid YAML, too, with one key a line.
    var bytes: [UInt8] {
        let lines = content.map { "\(JSON.string($0.key).text()): \($0.value.text(.spaced))" }
        let text = lines.isEmpty ? "{}\n" : "{\n\(lines.joined(separator: ",\n"))\n}\n"
        // JSON takes every character as it is, YAML only those that can be seen.
        return Array(SafeText.json(text).utf8)
    }

    /// What the agent would reject this for, each as a sentence.
    var problems: [String] {
        do throws(YAMLProblems) {
            _ = try MarkerCheck.content(of: bytes, named: "")
            return []
        } catch {
            // Its places are in a file that nobody has.
            return error.problems.map { $0.keyPath.isEmpty ? $0.message : "\($0.keyPath): \($0.message)" }
        }
    }

    /// Gives a parameter a value, making the mappings that its dotted name goes through; a parameter that is called so,
    /// dots and all, is meant first.
    mutating func set(_ parameter: Assignment) throws(CommandFailure) {
        var parameters = try mapping("parameters", in: content, "parameters")
        if parameters[parameter.name] != nil {
            parameters[parameter.name] = parameter.value
        } else {
            try set(parameter.path[...], parameter.value, in: &parameters, "parameters")
        }
        content["parameters"] = .object(parameters)
    }

    /// Takes over all that another one says.
    mutating func add(_ other: MarkerDocument) {
        for member in other.content { content[member.key] = member.value }
    }

    /// Appends a point to a metric.
    mutating func append(_ point: Assignment) throws(CommandFailure) {
        var metrics = try mapping("metrics", in: content, "metrics")
        var series = try WrittenMetric(metrics[point.name] ?? .null, named: point.name)
        series.append(point.value)
        metrics[point.name] = series.json
        content["metrics"] = .object(metrics)
    }

    /// Adds a label, unless it is there.
    mutating func add(tag: String) {
        var tags: [JSON] =
            switch content["tags"] ?? .null {
            case .null: []
            case .array(let elements): elements
            case let single: [single]
            }
        if !tags.contains(.string(tag)) { tags.append(.string(tag)) }
        content["tags"] = .array(tags)
    }

    private func set(
        _ path: ArraySlice<String>, _ value: JSON, in object: inout JSON.Object, _ keyPath: String
    ) throws(CommandFailure) {
        guard let name = path.first else { return }
        guard path.count > 1 else {
            object[name] = value
            return
        }
        var inner = try mapping(name, in: object, "\(keyPath).\(name)")
        try set(path.dropFirst(), value, in: &inner, "\(keyPath).\(name)")
        object[name] = .object(inner)
    }

    private func mapping(
        _ key: String, in object: JSON.Object, _ keyPath: String
    ) throws(CommandFailure) -> JSON.Object {
        guard let value = object[key], !value.isNull else { return JSON.Object() }
        guard let mapping = value.object else {
            throw CommandFailure(keyPath, "it is \(SafeText.line(value.text())) there, and no mapping")
        }
        return mapping
    }
}
