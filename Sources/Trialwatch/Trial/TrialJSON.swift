internal import JSON
internal import Trials

/// One trial, whole, as `show --json` writes it: the keys of its history row first, then the rest.
enum TrialJSON {
    /// Null stands where there is nothing; `parameters` keep their nesting; `git`, `python`, `hardware` and `capture` are
    /// null for what Python wrote.
    static func of(_ trial: StoredTrial, series: [String: MetricSeries]) -> JSON {
        var pairs = RowJSON.of(History.Row(trial)).object?.members.map { ($0.key, $0.value) } ?? []
        let facts = trial.facts
        pairs.removeAll { ["parameters", "metrics", "problems"].contains($0.0) }
        pairs += [
            ("parameters", facts.parameters.json),
            ("error", error(trial.outcome?.error)),
            ("metrics", .array(trial.metrics.map { metric($0, series[$0.name]) })),
            ("persisted", facts.persisted.json),
            ("parts", .array(trial.parts.map(part))),
            ("step_hashes", .array(facts.stepHashes.map(stepHash))),
            ("inputs", .array(facts.inputs.map(artifact))), ("outputs", .array(facts.outputs.map(artifact))),
            ("run", JSON(facts.run)), ("group", JSON(facts.group)), ("parent", JSON(facts.parent)),
            ("note", JSON(facts.note)), ("attempt", JSON(facts.attempt)),
            ("marker", JSON(facts.marker)), ("observed", .of(facts.observed)), ("filed", .of(trial.filed)),
            ("user", JSON(facts.user)), ("host", JSON(facts.host)), ("pid", .of(facts.pid)),
            ("command", facts.command.map(texts) ?? .null), ("directory", JSON(facts.directory)),
            ("process", process(facts.process)), ("usage", usage(facts.usage)),
            ("extra", facts.extra.json),
            ("run_key", JSON(trial.key?.text)), ("revision", JSON(trial.revision.number)),
        ]
        return .object(JSON.Object(pairs + CaptureJSON.pairs(trial.capture) + [("problems", texts(trial.problems))]))
    }

    static func texts(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }

    private static func error(_ error: TrialError?) -> JSON {
        guard let error else { return .null }
        return ["type": .string(error.type), "message": .string(error.message), "traceback": JSON(error.traceback)]
    }

    private static func usage(_ usage: UsageFacts?) -> JSON {
        guard let usage else { return .null }
        return [
            "processor_time": .of(usage.processorTime), "processor_time_seen": .of(usage.processorTimeSeen),
            "peak_memory": .of(usage.peakMemory), "peak_memory_seen": .of(usage.peakMemorySeen),
        ]
    }

    static func process(_ process: ProcessFacts?) -> JSON {
        guard let process else { return .null }
        return [
            "executable": JSON(process.executable), "variables": process.variables.json,
            "parents": texts(process.parents), "group": JSON(process.group),
        ]
    }

    static func metric(_ metric: MetricSummary, _ series: MetricSeries?) -> JSON {
        [
            "name": .string(metric.name),
            "count": JSON(metric.count),
            "last": metric.last.map(point) ?? .null,
            "lowest": metric.extremes.map { JSON($0.lowerBound) } ?? .null,
            "highest": metric.extremes.map { JSON($0.upperBound) } ?? .null,
            "points": .array(series?.points.map(point) ?? []),
        ]
    }

    static func point(_ point: MetricPoint) -> JSON {
        ["epoch": JSON(point.epoch), "value": point.value.asValue.json, "recorded": .of(point.recorded)]
    }

    private static func part(_ part: PartReference) -> JSON {
        [
            "name": .string(part.name), "role": .string(part.role.rawValue), "size": JSON(part.size),
            "sha256": .string(part.digest),
        ]
    }

    private static func stepHash(_ hash: StepHash) -> JSON {
        ["step": .string(hash.step), "input": .string(hash.input), "output": .string(hash.output)]
    }

    static func artifact(_ artifact: ArtifactFacts) -> JSON {
        let pointer: JSON =
            artifact.pointer.map {
                [
                    "tool": .string($0.tool.rawValue), "algorithm": .string($0.algorithm),
                    "digest": .string($0.digest),
                ]
            } ?? .null
        return [
            "path": .string(artifact.path), "name": JSON(artifact.name), "size": .of(artifact.size),
            "modified": .of(artifact.modified), "sha256": JSON(artifact.sha256), "pointer": pointer,
        ]
    }
}
