import Trials
import YAML

/// Reads the content of a marker: one YAML mapping, or nothing at all. Every key is checked; all that is wrong is told at once.
struct MarkerDecoder {
    /// How far local time is ahead of UTC, in seconds, at a moment given in nanoseconds since 1970.
    let localOffset: @Sendable (Int64) -> Int

    /// The marker, or why it is none.
    func decode(_ bytes: [UInt8], named file: String) throws(YAMLProblems) -> Marker {
        let findings = YAMLFindings(file: file)
        let document: YAMLNode
        do throws(YAMLProblem) {
            document = try YAMLNode.parse(bytes, file: file)
        } catch {
            throw YAMLProblems([error])
        }
        var marker = Marker()
        if var fields = YAMLFields(document, findings: findings) {
            identify(&marker, &fields)
            describe(&marker, &fields)
            list(&marker, &fields)
            for entry in fields.keepOthers() { marker.extra[entry.key] = Value(entry.value) }
        }
        try findings.check()
        marker.warnings = findings.warnings.map(\.description)
        return marker
    }

    private func identify(_ marker: inout Marker, _ fields: inout YAMLFields) {
        if let item = fields.value("experiment"), let text = item.scalarText() {
            marker.experiment = Experiment.ID(text)
            if marker.experiment == nil {
                item.refuse(
                    "expected a Python identifier of at most \(Experiment.ID.longest) bytes",
                    suggestion: Experiment.ID.suggestion(for: text).text)
            }
        }
        marker.run = name("run", &fields)
        marker.group = name("group", &fields)
        marker.parent = name("parent", &fields)
        marker.state = fields.choice("state", of: WrittenState.self)?.state
        marker.pid = fields.int("pid", in: 1...Int(Int32.max))
        marker.host = name("host", &fields)
        marker.started = moment("started", &fields)
        marker.finished = moment("finished", &fields)
        if let started = marker.started, let finished = marker.finished, finished < started {
            fields.item.refuse("finished is before started")
        }
    }

    private func describe(_ marker: inout Marker, _ fields: inout YAMLFields) {
        if let item = fields.value("parameters"), item.fields() != nil { marker.parameters = Fields(item.node) }
        marker.parametersFiles = fields.texts("parameters_file") ?? []
        if marker.parametersFiles.count > 16 { fields.item.refuse("parameters_file: expected at most 16 files") }
        marker.result = fields.present("result").map { Value($0.node) }
        marker.seed = fields.int("seed")
        marker.description = fields.scalarText("description")
        marker.error = error(&fields)
        marker.tags = fields.value("tags")?.itemsOrOne()?.compactMap { $0.scalarText() } ?? []
        marker.python = fields.text("python")
        marker.command = fields.texts("command")
        marker.directory = fields.text("directory")
        marker.usage = usage(&fields, seen: marker.finished)
        marker.code = fields.texts("code") ?? []
        marker.log = fields.text("log")
        if let error = marker.error, let state = marker.state, state != .failed {
            fields.item.refuse("state is \(state.rawValue), and yet there is an error: \(error)")
        }
    }

    private func list(_ marker: inout Marker, _ fields: inout YAMLFields) {
        marker.metrics = entries("metrics", &fields).compactMap { name, item in
            metric(item).map { Marker.Metric(name: name, content: $0) }
        }
        marker.metricsFiles = fields.texts("metrics_file") ?? []
        marker.persisted = entries("persist", &fields).map { name, item in
            if let path = file(item) { return Marker.Persisted(step: name, content: .file(path: path)) }
            return Marker.Persisted(step: name, content: .value(Value(item.node)))
        }
        marker.steps = fields.items("steps")?.compactMap(step) ?? []
        marker.inputs = fields.value("inputs")?.itemsOrOne()?.compactMap(artifact) ?? []
        marker.outputs = fields.value("outputs")?.itemsOrOne()?.compactMap(artifact) ?? []
    }

    /// A name may look like a number: it is taken as it is written.
    private func name(_ key: String, _ fields: inout YAMLFields) -> String? {
        guard let item = fields.value(key), let text = item.scalarText() else { return nil }
        if text.isEmpty { item.refuse("expected a name that is not empty") }
        return text
    }

    private func moment(_ key: String, _ fields: inout YAMLFields) -> Timestamp? {
        guard let item = fields.value(key) else { return nil }
        if let seconds = item.node.number, Self.seconds.contains(seconds), let source = item.node.source {
            let nanoseconds = Self.nanoseconds(seconds, source)
            return Timestamp(nanoseconds: nanoseconds, offset: localOffset(Int64(nanoseconds)))
        }
        let offset = { (seconds: Int) in
            // The offset holds for local time, so it is looked up twice: once near the moment, and once at it.
            let near = localOffset(Int64(seconds) * 1_000_000_000)
            return localOffset(Int64(seconds - near) * 1_000_000_000)
        }
        if let text = item.node.text, let moment = Timestamp(iso8601: text, localOffset: offset) { return moment }
        item.refuse(expected: "a time as ISO 8601 (2026-11-23T22:21:14+01:00) or in seconds since 1970")
        return nil
    }

    /// From 1900 to 2200.
    private static let seconds = -2_208_988_800.0...7_258_118_400.0

    /// Digits after the point count beyond what a float holds: `1763936474.123456789`.
    private static func nanoseconds(_ seconds: Double, _ source: String) -> Int {
        let parts = source.split(separator: ".", maxSplits: 1)
        if parts.count == 2, let whole = Int(parts[0]), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let fraction = Int((parts[1] + "000000000").prefix(9))
        {
            return whole * 1_000_000_000 + (source.hasPrefix("-") ? -fraction : fraction)
        }
        return Int(seconds * 1_000_000_000)
    }

    private func error(_ fields: inout YAMLFields) -> TrialError? {
        guard let item = fields.value("error") else { return nil }
        if item.node.mapping == nil {
            return item.scalarText().map { TrialError(type: "Error", message: $0) }
        }
        guard var inner = item.fields() else { return nil }
        let error = TrialError(
            type: inner.scalarText("type") ?? "Error", message: inner.scalarText("message") ?? "",
            traceback: inner.scalarText("traceback"))
        inner.refuseOthers()
        return error
    }

    /// Seconds of processor time and bytes of memory.
    private func usage(_ fields: inout YAMLFields, seen moment: Timestamp?) -> UsageFacts? {
        guard let item = fields.value("process_usage"), var inner = item.fields() else { return nil }
        var usage = UsageFacts()
        if let item = inner.value("processor_time") {
            if let seconds = item.node.number, (0...1e9).contains(seconds) {
                usage.processorTime = .seconds(seconds)
                usage.processorTimeSeen = moment
            } else {
                item.refuse(expected: "seconds")
            }
        }
        usage.peakMemory = inner.int("peak_memory", in: 0...Int.max)
        usage.peakMemorySeen = usage.peakMemory == nil ? nil : moment
        inner.refuseOthers()
        return usage
    }

    private func entries(_ key: String, _ fields: inout YAMLFields) -> [(String, YAMLItem)] {
        guard let item = fields.value(key), item.fields() != nil else { return [] }
        return (item.node.mapping?.entries ?? []).map { entry in
            (entry.key, YAMLItem(entry.value, keyPath: "\(item.keyPath).\(entry.key)", findings: item.findings))
        }
    }

    private func metric(_ item: YAMLItem) -> Marker.Metric.Content? {
        if let value = MetricValue(item.node) { return .number(value) }
        if item.node.sequence != nil {
            return .list(item.items()?.enumerated().compactMap { index, element in point(element, at: index) } ?? [])
        }
        if item.node.mapping != nil, var fields = item.fields() {
            let path = fields.text("file")
            let (epoch, value) = (fields.scalarText("epoch"), fields.scalarText("value"))
            fields.refuseOthers()
            if let path { return .file(path: path, epoch: epoch, value: value) }
        }
        item.refuse(expected: "a number, a list of numbers, of {epoch, value} or of [epoch, value], or {file: path}")
        return nil
    }

    private func point(_ item: YAMLItem, at index: Int) -> Marker.Metric.Point? {
        if let value = MetricValue(item.node) { return Marker.Metric.Point(epoch: index, value: value) }
        if item.node.sequence?.count == 2, let pair = item.items(), let epoch = pair[0].int(),
            let value = MetricValue(pair[1].node)
        {
            return Marker.Metric.Point(epoch: epoch, value: value)
        }
        if item.node.mapping != nil, var fields = item.fields(), let epoch = fields.int("epoch"),
            let value = fields.value("value").flatMap({ MetricValue($0.node) })
        {
            fields.refuseOthers()
            return Marker.Metric.Point(epoch: epoch, value: value)
        }
        item.refuse(expected: "a number, {epoch: 3, value: 0.5} or [3, 0.5]")
        return nil
    }

    /// The path when a value is `{file: path}` and nothing else.
    private func file(_ item: YAMLItem) -> String? {
        guard let entries = item.node.mapping?.entries, entries.count == 1, entries[0].key == "file" else { return nil }
        return entries[0].value.text
    }

    private func step(_ item: YAMLItem) -> Marker.Step? {
        guard var fields = item.fields() else { return nil }
        let name = fields.scalarText("name")
        let inputs = fields.present("inputs").map { Value($0.node) } ?? .list([])
        let output = fields.present("output").map { Value($0.node) } ?? .null
        fields.refuseOthers()
        guard let name else {
            item.refuse("expected name: with the step's name")
            return nil
        }
        return Marker.Step(name: name, inputs: inputs, output: output)
    }

    private func artifact(_ item: YAMLItem) -> Marker.Artifact? {
        if let path = item.node.text { return Marker.Artifact(path: path, name: nil, keep: false) }
        guard item.node.mapping != nil, var fields = item.fields(), let path = fields.text("path") else {
            item.refuse(expected: "a path or {path, name, keep}")
            return nil
        }
        let artifact = Marker.Artifact(path: path, name: fields.scalarText("name"), keep: fields.bool("keep") ?? false)
        fields.refuseOthers()
        return artifact
    }
}

/// The states that a marker may name.
private enum WrittenState: String, CaseIterable {
    case running, succeeded, failed, aborted

    var state: TrialState {
        switch self {
        case .running: .running
        case .succeeded: .succeeded
        case .failed: .failed
        case .aborted: .aborted
        }
    }
}
