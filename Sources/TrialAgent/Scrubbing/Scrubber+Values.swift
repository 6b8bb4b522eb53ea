import JSON
import Trials

extension Scrubber {
    /// The fields without their secrets.
    mutating func scrub(_ fields: Fields) -> Fields {
        guard case .mapping(let clean) = scrub(.mapping(fields)) else { return Fields() }
        return clean
    }

    /// The value without its secrets; under a name that says so it is one as a whole.
    mutating func scrub(_ value: Value, named name: String = "") -> Value {
        do throws(JSONError) {
            let named = try scrub(throughout: Fields([Fields.Field(name: name, value: value)]))
            return named.first?.value ?? .null
        } catch {
            // What cannot be looked through is not kept.
            return .text(String(decoding: replacement("unreadable"), as: UTF8.self))
        }
    }

    /// A process without the secrets of its environment.
    mutating func scrub(_ process: ProcessFacts) -> ProcessFacts {
        var clean = process
        clean.variables = scrub(process.variables)
        return clean
    }

    /// A file's name without its secrets; its path is where it is opened.
    mutating func scrub(_ artifact: Marker.Artifact) -> Marker.Artifact {
        Marker.Artifact(path: artifact.path, name: artifact.name.map { scrub($0) }, keep: artifact.keep)
    }

    /// Each text without its secrets.
    mutating func scrub(_ texts: [String]) -> [String] { texts.map { scrub($0) } }

    /// An error without the secrets in what it says.
    mutating func scrub(_ error: TrialError) -> TrialError {
        TrialError(
            type: scrub(error.type), message: scrub(error.message), traceback: error.traceback.map { scrub($0) })
    }
}

extension Marker {
    /// The marker without its secrets, which its warnings tell of. Names of runs stay as they are: runs are told apart by them.
    func scrubbed() -> Marker {
        var (scrubber, marker) = (Scrubber(), self)
        marker.parameters = parameters.map { scrubber.scrub($0) }
        marker.result = result.map { scrubber.scrub($0) }
        marker.description = description.map { scrubber.scrub($0) }
        marker.error = error.map { scrubber.scrub($0) }
        marker.command = command.map { scrubber.scrub(command: $0) }
        marker.tags = scrubber.scrub(tags)
        marker.extra = scrubber.scrub(extra)
        marker.host = host.map { scrubber.scrub($0) }
        marker.directory = directory.map { scrubber.scrub($0) }
        marker.metrics = metrics.map { metric in
            let name = scrubber.scrub(metric.name)
            // The column that has the series' name is still found by it.
            guard name != metric.name, case .file(let path, let epoch, nil) = metric.content else {
                return Metric(name: name, content: metric.content)
            }
            return Metric(name: name, content: .file(path: path, epoch: epoch, value: metric.name))
        }
        marker.persisted = persisted.map { persisted in
            let step = scrubber.scrub(persisted.step)
            guard case .value(let value) = persisted.content else {
                return Persisted(step: step, content: persisted.content)
            }
            return Persisted(step: step, content: .value(scrubber.scrub(value, named: persisted.step)))
        }
        marker.steps = steps.map { step in
            Step(
                name: scrubber.scrub(step.name), inputs: scrubber.scrub(step.inputs),
                output: scrubber.scrub(step.output))
        }
        marker.inputs = inputs.map { scrubber.scrub($0) }
        marker.outputs = outputs.map { scrubber.scrub($0) }
        marker.warnings = scrubber.scrub(warnings)
        if let problem = scrubber.problem { marker.warnings.append(problem) }
        return marker
    }
}

extension MadeCapture {
    /// The capture without its secrets, which its problems tell of; files that have any are not among its parts.
    func scrubbed() -> MadeCapture {
        var (scrubber, made) = (Scrubber(), self)
        do throws(JSONError) {
            made.record = try scrubber.scrub(throughout: record, by: .capture)
            if let problem = scrubber.problem { made.record.problems.append(problem) }
        } catch {
            made.record = TrialCapture(began: record.began, agent: record.agent)
            made.record.problems = [
                "what was captured could not be looked through for secrets and is left out: \(error)"
            ]
        }
        return made
    }
}

extension RunFindings {
    /// The findings without the secrets in what they tell; the log is scrubbed where it is read.
    func scrubbed() -> RunFindings {
        var (scrubber, findings) = (Scrubber(), self)
        findings.artifacts.problems = scrubber.scrub(artifacts.problems)
        for place in readings.indices { findings.readings[place].problems = scrubber.scrub(readings[place].problems) }
        return findings
    }
}

extension JSON {
    /// The document of a filing without the secrets in its texts, which its problems tell of, with those that were found in its
    /// capture apart.
    func scrubbedFiling(besides counts: [String: Int] = [:]) -> JSON {
        var scrubber = Scrubber(counts: counts)
        let clean = scrubber.scrub(self, by: .filing)
        guard let problem = scrubber.problem, var filing = clean.object, var facts = filing["facts"]?.object else {
            return clean
        }
        facts["problems"] = .array((facts["problems"]?.array ?? []) + [.string(problem)])
        filing["facts"] = .object(facts)
        return .object(filing)
    }
}
